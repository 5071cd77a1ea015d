import { describe, expect, it } from 'vitest';
import { databases, silentLog } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, type DeploymentSite } from '../../test/deployment-site.ts';
import { createWebhook } from '../webhooks/store.ts';
import { lookForAlerts } from './look.ts';
import { clearAlert, openAlerts, raiseAlert } from './store.ts';

const macOf = (number: number): string => `52:54:00:00:00:0${number}`;
const minuteMs = 60_000;
const { signal } = new AbortController();

/** Four computers with a required deployment, and somebody who is told of everything. It is 2026-11-22T10:00Z. */
async function deployed(site: DeploymentSite, alerts: object) {
  await site.settings.update({ trust: 'automatic' });
  const collectionId = (await site.call('POST', '/collections', { name: 'Lab' })).body.id;
  for (const number of [1, 2, 3, 4]) {
    const { id } = (await site.call('POST', '/devices', { name: `pc-${number}`, macAddresses: [macOf(number)] })).body;
    await site.call('PUT', `/collections/${collectionId}/members/${id}`);
  }
  const body = { taskSequenceId: await site.addSequence('Install'), collectionId, purpose: 'required', failureThreshold: null, alerts };
  const id = (await site.call('POST', '/deployments', body)).body.id;
  const settings = { name: 'Everything', url: 'https://receiver.example/', events: null, collectionIds: [collectionId], enabled: true };
  await createWebhook(site.database.sql, settings, { seal: site.sealing.seal, nowMs: 0 });
  return {
    id,
    join: async () => {
      const late = (await site.call('POST', '/devices', { name: 'late', macAddresses: [macOf(5)] })).body.id;
      await site.call('PUT', `/collections/${collectionId}/members/${late}`);
    },
    run: async (number: number, result: 'succeeded' | 'failed') => {
      site.clock.nowMs += 1000;
      const { runId, key } = (await site.call('POST', '/agent/hello', aHello({ mac: macOf(number), uuid: null }), '')).body;
      await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 9, cursor: null, result }), key);
      await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
    },
    look: async (afterMs = 0) => {
      site.clock.nowMs += afterMs;
      await lookForAlerts(site.database, { nowMs: site.clock.nowMs, timeZone: 'UTC', log: silentLog, signal });
    },
    alerts: async (query = '') => (await site.call('GET', `/alerts${query}`)).body.items as unknown as readonly { readonly id: string }[],
    told: async () => {
      const events = await site.database.sql.selectFrom('events').select(['kind', 'data']).orderBy('at').execute();
      return events
        .filter(({ kind }) => kind.startsWith('deployment.alert'))
        .map(({ kind, data }) => ({ kind, data: JSON.parse(data) as unknown }));
    },
  };
}

describe.each(databases)('an alert of a deployment, on $dialect', ({ open }) => {
  it('is raised once when more runs have failed than its threshold bears, is told, and clears when they are less again', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id, run, look, alerts, told } = await deployed(site, { failure: { failures: 1, percent: 50 } });
    await run(1, 'succeeded');
    await run(2, 'failed');
    await look();
    expect(await alerts()).toEqual([]);

    await run(3, 'failed');
    await look();
    await look(minuteMs);
    const figure = { kind: 'too-many-failed', count: 2, of: 3, percent: 50 };
    const raised = {
      deploymentId: id,
      taskSequenceName: 'Install',
      collectionName: 'Lab',
      ...figure,
      raisedAt: '2026-11-22T10:00:03.000Z',
    };
    expect(await alerts()).toMatchObject([{ ...raised, acknowledged: null, clearedAt: null }]);

    await run(4, 'succeeded');
    await look();
    expect(await alerts()).toEqual([]);
    expect(await alerts('?state=all')).toMatchObject([{ ...raised, clearedAt: '2026-11-22T10:01:04.000Z' }]);
    const about = { deployment: { id, collectionName: 'Lab' }, alert: figure };
    expect(await told()).toMatchObject([
      { kind: 'deployment.alert-raised', data: about },
      { kind: 'deployment.alert-cleared', data: about },
    ]);
  });

  it('is raised when at its time too few computers have succeeded, and clears when enough have', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { run, look, alerts } = await deployed(site, { success: { percent: 75, at: '2026-11-22T11:00' } });
    await run(1, 'succeeded');
    await run(2, 'succeeded');
    await look(30 * minuteMs);
    expect(await alerts()).toEqual([]);

    await look(30 * minuteMs);
    expect(await alerts()).toMatchObject([{ kind: 'too-few-succeeded', count: 2, of: 4, percent: 75 }]);

    await run(3, 'succeeded');
    await look();
    expect(await alerts()).toEqual([]);
  });

  it('of its successes is looked at once: who joins the collection afterwards raises none', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id, join, run, look, alerts } = await deployed(site, { success: { percent: 50, at: '2026-11-22T11:00' } });
    await run(1, 'succeeded');
    await run(2, 'succeeded');
    await look(61 * minuteMs);
    await join();
    await look(minuteMs);
    expect(await alerts()).toEqual([]);

    await site.call('PATCH', `/deployments/${id}`, { alerts: { success: { percent: 60, at: '2026-11-22T11:00' } } });
    await look(minuteMs);
    expect(await alerts()).toMatchObject([{ count: 2, of: 5, percent: 60 }]);
  });

  it('of its successes is looked at again when its time comes by another clock', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id, join, run, look, alerts } = await deployed(site, { success: { percent: 50, at: '2026-11-22T11:00' } });
    await run(1, 'succeeded');
    await run(2, 'succeeded');
    await look(61 * minuteMs);
    await join();

    await site.call('PATCH', `/deployments/${id}`, { schedule: { timeZone: 'America/New_York' } });
    await look(minuteMs);
    expect(await alerts()).toEqual([]);
    await look(5 * 60 * minuteMs);

    expect(await alerts()).toMatchObject([{ count: 2, of: 5, percent: 50 }]);
  });

  it('that has cleared is kept as long as it is one of the hundred newest of its deployment', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id: deploymentId, alerts } = await deployed(site, {});
    const { sql } = site.database;
    const figure = { count: 1, of: 2, percent: 5 };
    for (let atMs = 1; atMs <= 103; atMs += 1) {
      await raiseAlert(sql, { deploymentId, kind: 'too-many-failed', figure }, atMs);
      for (const alert of (await openAlerts(sql, deploymentId)).values()) await clearAlert(sql, alert, atMs);
    }
    await raiseAlert(sql, { deploymentId, kind: 'too-many-failed', figure }, 104);

    const kept = await alerts('?state=all&limit=1000');

    expect(kept).toHaveLength(101);
    expect(kept.at(-1)).toMatchObject({ clearedAt: new Date(4).toISOString() });
  });

  it('is acknowledged by the first who does so, stays until it clears, and clears with its threshold', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id, run, look, alerts } = await deployed(site, { failure: { failures: 1, percent: 0 } });
    await run(1, 'failed');
    await look();
    const [alert] = await alerts();
    const acknowledge = (deploymentId = id) => site.call('POST', `/deployments/${deploymentId}/alerts/${alert?.id}/acknowledge`);

    const first = (await acknowledge()).body;
    site.clock.nowMs += minuteMs;
    expect((await acknowledge()).body).toEqual(first);
    expect(first).toMatchObject({ acknowledged: { at: '2026-11-22T10:00:01.000Z', by: expect.stringMatching(/./) }, clearedAt: null });
    expect((await acknowledge('deployment-none')).status).toBe(404);
    await look();
    expect(await alerts(`?deploymentId=${id}`)).toHaveLength(1);

    await site.call('PATCH', `/deployments/${id}`, { alerts: {} });
    await look();
    expect(await alerts()).toEqual([]);
    expect((await site.call('DELETE', `/deployments/${id}`)).status).toBe(200);
    expect(await alerts('?state=all')).toEqual([]);
  });
});
