import { DeviceQuery } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { everyRight, sightOf } from '../access/rights.ts';
import { within } from '../access/visible.ts';
import { databases } from '../../test/databases.ts';
import { aHello, deploymentSite, type DeploymentSite } from '../../test/deployment-site.ts';
import type { Database } from '../database/database.ts';
import { devicePage } from './device-page.ts';
import { insertDevice, updateDevice } from './store.ts';

const mac = (number: number): string => `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;

async function fill({ sql }: Database): Promise<void> {
  for (let number = 1; number <= 25; number += 1) {
    const name = `${number % 2 === 0 ? 'lab' : 'PC'}-${String(number).padStart(2, '0')}`;
    const seen = { smbiosUuid: null, macAddresses: [mac(number)], lastSeenAtMs: number % 3 === 0 ? null : number };
    await insertDevice(sql, { name, state: 'approved', tags: number > 20 ? ['Attic'] : [], ...seen }, number);
  }
}

/** Every name, page by page. */
async function namesOf({ sql }: Database, query: object): Promise<string[]> {
  const names: string[] = [];
  let after: string | undefined;
  do {
    const page = await devicePage(sql, DeviceQuery.parse({ limit: 4, ...query, ...(after === undefined ? {} : { after }) }), everything);
    names.push(...page.items.map(({ name }) => name));
    after = page.next ?? undefined;
  } while (after !== undefined);
  return names;
}

const everything = within(sightOf(everyRight, 'devices.read'), 'devices.id');

describe.each(databases)('the list of devices on $dialect', ({ open }) => {
  it('comes in pages, each device once, by name without regard to case, by when it was seen or made, from either end', async () => {
    await using test = await open();
    await fill(test.database);

    const names = await namesOf(test.database, {});

    expect(names).toHaveLength(25);
    expect(names.slice(11, 14)).toEqual(['lab-24', 'PC-01', 'PC-03']);
    expect(await namesOf(test.database, { order: 'descending' })).toEqual(names.toReversed());
    const seen = await namesOf(test.database, { sort: 'last-seen', order: 'descending' });
    expect(seen.slice(0, 3)).toEqual(['PC-25', 'PC-23', 'lab-22']);
    expect(new Set(seen).size).toBe(25);
    expect((await namesOf(test.database, { sort: 'created' })).slice(0, 2)).toEqual(['PC-01', 'lab-02']);
  });

  it('finds each word anywhere, without regard to case, and takes no sign for a pattern', async () => {
    await using test = await open();
    await fill(test.database);

    expect(await namesOf(test.database, { search: 'LAB -2' })).toEqual(['lab-20', 'lab-22', 'lab-24']);
    expect(await namesOf(test.database, { search: '54-00-00-00-0F' })).toEqual(['PC-15']);
    expect(await namesOf(test.database, { search: '00000019' })).toEqual(['PC-25']);
    expect(await namesOf(test.database, { search: 'attic', sort: 'last-seen', order: 'descending' })).toHaveLength(5);
    expect(await namesOf(test.database, { tag: 'ATTIC', search: 'pc' })).toEqual(['PC-21', 'PC-23', 'PC-25']);
    expect(await namesOf(test.database, { tag: 'att' })).toEqual([]);
    for (const search of ['%', 'PC_01', String.raw`\\`, "'"]) expect(await namesOf(test.database, { search })).toEqual([]);
    expect(await namesOf(test.database, { name: 'LAB-02' })).toEqual(['lab-02']);
  });

  it('finds a device by what was learned or changed of it last', async () => {
    await using test = await open();
    await fill(test.database);
    const { sql } = test.database;
    const [device] = (await devicePage(sql, DeviceQuery.parse({ name: 'pc-01' }), everything)).items;
    const facts = { ...aHello().facts, firmware: 'uefi', secureBoot: 'enabled', serialNumber: 'ABC-4711', model: 'Latitude 7440' } as const;

    await updateDevice(sql, device?.id ?? '', { name: 'Desk-1', facts, tags: ['loan'] });

    for (const search of ['desk-1', 'c-4711', 'qemu latitude', 'loan', '00:00:01']) {
      expect(await namesOf(test.database, { search })).toEqual(['Desk-1']);
    }
    expect(await namesOf(test.database, { search: 'pc-01' })).toEqual([]);
  });

  it('refuses a page of another order', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await fill(test.database);
    const list = async (query: string): Promise<Awaited<ReturnType<DeploymentSite['call']>>['body'] & { next?: string }> =>
      (await site.call('GET', `/devices?${query}`)).body;
    const { next = '' } = await list('limit=2');

    expect((await list(`limit=2&after=${next}`)).items).toHaveLength(2);
    for (const query of [`after=${next}&order=descending`, `after=${next}&sort=created`, 'after=x', 'after=W10']) {
      expect((await list(query)).code).toBe('DEVICE_LIST_CHANGED');
    }
  });
});
