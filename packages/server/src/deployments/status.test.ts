import { builtInCollections, type DeploymentStatus } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, type DeploymentSite } from '../../test/deployment-site.ts';

const macOf = (number: number): string => `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;
const noneOf = { succeeded: 0, failed: 0, running: 0, cancelled: 0, 'requirements-not-met': 0, waiting: 0, unknown: 0 };
const failureAt = (stepName: string, code: string) => ({
  path: [0],
  exitCode: null,
  stepName,
  error: { code, message: `${code} of ${stepName}`, hint: 'Look.', details: {} },
});

/** Seven computers with a required deployment that was made after they were last seen. */
async function fleet(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  const ids: string[] = [];
  for (let number = 1; number <= 7; number += 1) {
    const { id } = (await site.call('POST', '/devices', { name: `pc-${number}`, macAddresses: [macOf(number)] })).body;
    ids.push(id);
    await site.call('PUT', `/collections/${collection.id}/members/${id}`);
  }
  const body = {
    taskSequenceId: await site.addSequence('Install'),
    collectionId: collection.id,
    purpose: 'required',
    failureThreshold: null,
  };
  const { id } = (await site.call('POST', '/deployments', body)).body;
  const begin = async (number: number) => (await site.call('POST', '/agent/hello', aHello({ mac: macOf(number), uuid: null }), '')).body;
  const run = async (number: number, journal: object): Promise<void> => {
    site.clock.nowMs += 1000;
    const { runId, key } = await begin(number);
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 9, cursor: null, ...journal }), key);
    await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
  };
  const status = async (query = ''): Promise<DeploymentStatus> =>
    (await site.call('GET', `/deployments/${id}/status${query}`)).body as unknown as DeploymentStatus;
  return { id, ids, collection, begin, run, status };
}

const states = ({ devices }: DeploymentStatus): string[] => devices.map(({ deviceName, state }) => `${deviceName} ${state}`);

describe.each(databases)('the status of a deployment, on $dialect', ({ open }) => {
  it('counts success, progress, errors, what cannot run it, what waits, and what was never seen since', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { ids, begin, run, status } = await fleet(site);
    await run(1, { result: 'succeeded' });
    await run(2, { result: 'failed', failure: failureAt('Apply', 'DISK_TOO_SMALL') });
    await begin(3);
    await site.call('PATCH', `/devices/${ids[3]}`, { state: 'blocked' });
    site.clock.nowMs += 1000;
    await site.database.sql
      .updateTable('devices')
      .set({ last_seen_at: site.clock.nowMs })
      .where('id', '=', ids[4] ?? '')
      .execute();

    const seen = await status();
    expect(seen.counts).toEqual({ succeeded: 1, failed: 1, running: 1, cancelled: 0, 'requirements-not-met': 1, waiting: 1, unknown: 2 });
    expect(states(seen)).toEqual([
      'pc-1 succeeded',
      'pc-2 failed',
      'pc-3 running',
      'pc-4 requirements-not-met',
      'pc-5 waiting',
      'pc-6 unknown',
      'pc-7 unknown',
    ]);
    expect(seen.devices[1]?.run).toMatchObject({ state: 'failed', failure: { error: { code: 'DISK_TOO_SMALL' } } });
  });

  it('comes in pages, and of one state alone', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { run, status } = await fleet(site);
    for (const number of [2, 5, 6]) await run(number, { result: 'succeeded' });

    const first = await status('?limit=4');
    const second = await status(`?limit=4&after=${encodeURIComponent(first.next ?? '')}`);
    expect([...states(first), ...states(second)].map((line) => line.slice(0, 4))).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((number) => `pc-${number}`),
    );
    expect([first.devices.length, second.next]).toEqual([4, null]);
    expect(states(await status('?state=succeeded'))).toEqual(['pc-2 succeeded', 'pc-5 succeeded', 'pc-6 succeeded']);
  });

  it('groups errors by their code and step, the most frequent first', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { run, status } = await fleet(site);
    await run(1, { result: 'failed', failure: failureAt('Apply', 'DISK_TOO_SMALL') });
    for (const number of [2, 3]) await run(number, { result: 'failed', failure: failureAt('Join', 'DOMAIN_JOIN_FAILED') });

    const hint = 'Look.';
    expect((await status()).failures).toEqual([
      {
        code: 'DOMAIN_JOIN_FAILED',
        stepName: 'Join',
        message: 'DOMAIN_JOIN_FAILED of Join',
        hint,
        deviceCount: 2,
        deviceNames: ['pc-3', 'pc-2'],
      },
      { code: 'DISK_TOO_SMALL', stepName: 'Apply', message: 'DISK_TOO_SMALL of Apply', hint, deviceCount: 1, deviceNames: ['pc-1'] },
    ]);
  });

  it('has the newest run of each device, also of one that has left the collection, and none that is to be repeated', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id, ids, collection, run, status } = await fleet(site);
    for (const number of [1, 2, 3]) await run(number, { result: 'failed', failure: failureAt('Apply', 'DISK_TOO_SMALL') });
    for (const index of [0, 1]) await site.call('POST', `/deployments/${id}/rerun`, { deviceId: ids[index] });
    await run(2, { result: 'succeeded' });
    await site.call('DELETE', `/collections/${collection.id}/members/${ids[2]}`);

    expect(states(await status('?limit=3'))).toEqual(['pc-1 waiting', 'pc-2 succeeded', 'pc-3 failed']);
    expect((await status()).counts).toMatchObject({ waiting: 1, succeeded: 1, failed: 1, unknown: 4 });
  });

  it('has those that left the collection in their places among the members, page by page', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { ids, collection, run, status } = await fleet(site);
    for (const number of [1, 2, 5, 7]) await run(number, { result: 'succeeded' });
    for (const index of [0, 1, 6]) await site.call('DELETE', `/collections/${collection.id}/members/${ids[index]}`);

    const first = await status('?limit=3');
    const second = await status(`?limit=3&after=${encodeURIComponent(first.next ?? '')}`);
    const third = await status(`?limit=3&after=${encodeURIComponent(second.next ?? '')}`);

    expect([first, second, third].map(states)).toEqual([
      ['pc-1 succeeded', 'pc-2 succeeded', 'pc-3 unknown'],
      ['pc-4 unknown', 'pc-5 succeeded', 'pc-6 unknown'],
      ['pc-7 succeeded'],
    ]);
    expect(third.next).toBeNull();
  });

  it('is of the members of a built-in collection by their states, all and of one state', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id, ids, run, status } = await fleet(site);
    for (const number of [1, 7]) await run(number, { result: 'succeeded' });
    const { sql } = site.database;
    await sql.updateTable('deployments').set({ collection_id: builtInCollections.allSystems }).where('id', '=', id).execute();
    await sql.updateTable('devices').set({ state: 'blocked' }).where('id', '=', ids[1]!).execute();
    await sql.updateTable('devices').set({ state: 'pending' }).where('id', 'in', [ids[2]!, ids[6]!]).execute();
    await sql.updateTable('devices').set({ last_seen_at: site.clock.nowMs }).where('id', '=', ids[3]!).execute();

    const seen = await status();
    expect(seen.counts).toEqual({ ...noneOf, succeeded: 2, 'requirements-not-met': 1, waiting: 1, unknown: 2 });
    expect(states(seen)).toEqual([
      'pc-1 succeeded',
      'pc-2 requirements-not-met',
      'pc-4 waiting',
      'pc-5 unknown',
      'pc-6 unknown',
      'pc-7 succeeded',
    ]);
    expect(states(await status('?state=requirements-not-met'))).toEqual(['pc-2 requirements-not-met']);
    expect(states(await status('?state=waiting'))).toEqual(['pc-4 waiting']);
    expect(states(await status('?state=unknown'))).toEqual(['pc-5 unknown', 'pc-6 unknown']);
  });
});
