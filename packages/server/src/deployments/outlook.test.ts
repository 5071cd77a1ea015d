import type { DeploymentOutlook } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aSequence, deploymentSite, image, type DeploymentSite } from '../../test/deployment-site.ts';

const macOf = (number: number): string => `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;

/** Computers pc-1 to pc-4 in a collection; pc-3 is blocked. It is 2026-11-22T10:00Z. */
async function fleet(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic', timeZone: 'Europe/Berlin' });
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  const ids: string[] = [];
  for (const number of [1, 2, 3, 4]) {
    const { id } = (await site.call('POST', '/devices', { name: `pc-${number}`, macAddresses: [macOf(number)] })).body;
    ids.push(id);
    await site.call('PUT', `/collections/${collection.id}/members/${id}`);
  }
  await site.call('PATCH', `/devices/${ids[2]}`, { state: 'blocked' });
  const taskSequenceId = await site.addSequence('Install');
  const body = { taskSequenceId, collectionId: collection.id, purpose: 'required' };
  const ask = async (method: 'GET' | 'POST', path: string, given?: object): Promise<DeploymentOutlook> => {
    const answer = await site.call(method, path, given);
    expect(answer.status).toBe(200);
    return answer.body as unknown as DeploymentOutlook;
  };
  return {
    ids,
    collection,
    body,
    preview: (changes: object = {}, query = '') => ask('POST', `/deployments/preview${query}`, { ...body, ...changes }),
    outlook: (id: string) => ask('GET', `/deployments/${id}/outlook`),
    begin: (number: number) => site.call('POST', '/agent/hello', aHello({ mac: macOf(number), uuid: null }), ''),
  };
}

const lines = ({ devices }: DeploymentOutlook): string[] =>
  devices.map(({ deviceName, outcome, reason, at }) => [deviceName, outcome, reason, at?.slice(0, 16)].join(' ').trim());

describe.each(databases)('who would get a deployment, on $dialect', ({ open }) => {
  it('is known before it is made: now, later, or not, each with its reason', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { ids, preview } = await fleet(site);
    await site.call('PUT', `/devices/${ids[0]}/variables/OSDTimeZone`, { value: 'America/New_York' });
    const schedule = { deadlineAt: '2026-11-22T08:00', timeZone: 'device' };

    const now = await preview();
    expect(lines(now)).toEqual(['pc-1 begins due', 'pc-2 begins due', 'pc-3 not blocked', 'pc-4 begins due']);
    expect(now.summary).toEqual([
      { outcome: 'begins', reason: 'due', deviceCount: 3 },
      { outcome: 'not', reason: 'blocked', deviceCount: 1 },
    ]);
    expect(lines(await preview({ schedule }))).toEqual([
      'pc-1 offered in-menu 2026-11-22T13:00',
      'pc-2 begins due',
      'pc-3 not blocked',
      'pc-4 begins due',
    ]);
    expect(lines(await preview({ purpose: 'available', schedule: { availableAt: '2026-11-23T08:00' } }))[0]).toBe(
      'pc-1 later before-available 2026-11-23T08:00',
    );
    expect(lines(await preview({ purpose: 'available', availableTo: 'media-and-network-boot-hidden' }))[0]).toBe('pc-1 not hidden');
    expect((await site.call('GET', '/deployments')).body.items).toEqual([]);
  });

  it('is what happens: the same rule answers for a deployment that is made', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { body, outlook, begin } = await fleet(site);
    const { id } = (await site.call('POST', '/deployments', body)).body;
    const { runId } = (await begin(1)).body;
    await begin(2);
    await site.database.sql.updateTable('runs').set({ state: 'failed' }).where('id', '=', runId).execute();

    expect(lines(await outlook(id))).toEqual(['pc-1 not ran', 'pc-2 not ran', 'pc-3 not blocked', 'pc-4 begins due']);
    const other = (await site.call('POST', '/deployments', { ...body, taskSequenceId: await site.addSequence('Other') })).body;
    expect(lines(await outlook(other.id)).slice(0, 2)).toEqual(['pc-1 begins due', 'pc-2 later running']);
    await site.call('POST', `/deployments/${id}/pause`, {});
    expect((await outlook(id)).summary).toEqual([{ outcome: 'not', reason: 'paused', deviceCount: 4 }]);
  });

  it('comes in pages, with the counts of all', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { preview } = await fleet(site);

    const first = await preview({}, '?limit=3');
    const second = await preview({}, `?limit=3&after=${encodeURIComponent(first.next ?? '')}`);

    expect([first, second].map(({ devices }) => devices.map(({ deviceName }) => deviceName))).toEqual([['pc-1', 'pc-2', 'pc-3'], ['pc-4']]);
    expect([first.deviceCount, second.deviceCount, second.next]).toEqual([4, 4, null]);
  });

  it('names what stands in its way everywhere', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { preview, body } = await fleet(site);
    site.lostContent.add(image.content.sha256);

    expect(await preview()).toMatchObject({
      problems: ['the operating system image Debian has lost its content'],
      summary: [{ reason: 'content', deviceCount: 3 }, { reason: 'blocked' }],
    });
    expect((await site.call('POST', '/deployments/preview', { ...body, collectionId: 'collection-none' })).body.code).toBe('NOT_FOUND');
  });

  it('says of a boot image that was never built how to build it, once', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { preview } = await fleet(site);
    const back = { type: 'restart-computer', name: 'Back', options: { target: 'boot-image' } };
    const taskSequenceId = await site.addSequence('Twice', { steps: [...aSequence('Twice').steps, back] });
    site.bootImages.current = null;

    for (const changes of [{}, { taskSequenceId }]) {
      expect(await preview(changes)).toMatchObject({
        problems: ['the boot image of the site has not been built yet (ostler boot-image build)'],
        summary: [{ reason: 'content', deviceCount: 3 }, { reason: 'blocked' }],
      });
    }
  });

  it('says of unknown computers what the site does with them', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { preview, begin } = await fleet(site);
    await site.settings.update({ unknownComputers: 'menu' });
    await begin(9);

    const outlook = await preview({ collectionId: 'all-unknown-computers' });
    expect([outlook.includesUnseen, lines(outlook)]).toEqual([true, ['pc-525400000009 begins due']]);
    await site.settings.update({ unknownComputers: 'ignore' });
    expect(lines(await preview({ collectionId: 'all-unknown-computers' }))).toEqual(['pc-525400000009 not unknown']);
  });
});
