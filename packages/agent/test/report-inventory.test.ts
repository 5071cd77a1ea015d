import { expect, test } from 'vitest';
import { RunLog } from '../src/log.ts';
import { asInstalledSystem, reportInventory } from '../src/report-inventory.ts';
import { aLink, inventory } from './builders.ts';
import { startFakeSite } from './fake-site.ts';

const signal = AbortSignal.timeout(20_000);

test('the site hears what the computer is made of, also where the network is cut once', async () => {
  await using site = await startFakeSite();
  site.faults.push('cut');

  await reportInventory(aLink(site.url), { gatherInventory: () => Promise.resolve(inventory), log: new RunLog(() => new Date()) }, signal);

  expect(site.inventories).toEqual([inventory]);
});

test('a computer that cannot be read is deployed all the same', async () => {
  await using site = await startFakeSite();
  const broken = () => Promise.reject(new Error('lsblk is not there'));

  await reportInventory(aLink(site.url), { gatherInventory: broken, log: new RunLog(() => new Date()) }, signal);

  expect(site.inventories).toEqual([]);
});

test('an operating system that says little has no gaps', () => {
  const system = { family: 'linux', ids: [], name: 'Linux', version: undefined, architecture: undefined, language: 'C' } as const;

  expect(asInstalledSystem(system)).toEqual({ family: 'linux', name: 'Linux', version: '', architecture: '', language: 'C' });
});
