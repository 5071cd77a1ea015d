/** Which events the features tell of. */
import type { EventKind } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases, silentLog } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, type DeploymentSite } from '../../test/deployment-site.ts';
import { noteLostPoints } from '../distribution-points/note-lost.ts';
import { JobStore } from '../jobs/job-store.ts';
import { createWebhook } from '../webhooks/store.ts';
import { listDeliveries } from './outbox.ts';

const macOf = (number: number): string => `52:54:00:00:00:0${number}`;

async function subscribe(site: DeploymentSite, name: string, collectionIds: string[] | null = null): Promise<string> {
  const settings = { name, url: 'https://receiver.example/', events: null, collectionIds, enabled: true };
  return (await createWebhook(site.database.sql, settings, { seal: site.sealing.seal, nowMs: 0 })).id;
}

/** In the order in which they were told. */
async function toldOf(site: DeploymentSite, subscriptionId: string) {
  const { sql } = site.database;
  const rows = await sql
    .selectFrom('deliveries')
    .innerJoin('events', 'events.id', 'deliveries.event_id')
    .select(['kind', 'data'])
    .where('subscription_id', '=', subscriptionId)
    .orderBy('at')
    .execute();
  return rows.map(({ kind, data }) => ({ kind: kind as EventKind, data: JSON.parse(data) as unknown }));
}

/** Two computers in a collection with a required deployment, and one that is in none. */
async function fleet(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
  for (const number of [1, 2]) {
    const { id } = (await site.call('POST', '/devices', { name: `pc-${number}`, macAddresses: [macOf(number)] })).body;
    await site.call('PUT', `/collections/${collection.id}/members/${id}`);
  }
  const taskSequenceId = await site.addSequence('Install');
  const failureThreshold = { failures: 1, percent: 60 };
  const body = { taskSequenceId, collectionId: collection.id, purpose: 'required', failureThreshold };
  const deploymentId = (await site.call('POST', '/deployments', body)).body.id;
  const run = async (number: number, journal: object): Promise<void> => {
    site.clock.nowMs += 1000;
    const { runId, key } = (await site.call('POST', '/agent/hello', aHello({ mac: macOf(number), uuid: null }), '')).body;
    site.clock.nowMs += 1000;
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 9, cursor: null, ...journal }), key);
    await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
  };
  return { collectionId: collection.id, deploymentId, run };
}

const failed = {
  result: 'failed',
  failure: {
    path: [0],
    stepName: 'Disk',
    exitCode: 5,
    error: { code: 'STEP_FAILED', message: 'The password hunter2 is wrong.', details: {} },
  },
};

describe.each(databases)('on $dialect', ({ open }) => {
  it('runs tell when they begin and end, and the deployment when it has paused itself and when its last computer has ended', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deploymentId, run } = await fleet(site);
    const subscription = await subscribe(site, 'Everything');

    await run(1, failed);
    await site.call('POST', `/deployments/${deploymentId}/resume`);
    await run(2, { result: 'succeeded' });

    const told = await toldOf(site, subscription);
    expect(told.map(({ kind }) => kind).toSorted()).toEqual([
      'deployment.finished',
      'deployment.paused',
      'run.begun',
      'run.begun',
      'run.failed',
      'run.succeeded',
    ]);
    expect(told.find(({ kind }) => kind === 'run.failed')?.data).toEqual({
      run: expect.objectContaining({ deviceName: 'pc-1', taskSequenceName: 'Install', deploymentId }),
      failure: { stepName: 'Disk', code: 'STEP_FAILED', exitCode: 5 },
    });
    expect(told.find(({ kind }) => kind === 'deployment.paused')?.data).toMatchObject({ by: null, reason: /1 of 1 runs have failed/ });
    expect(told.find(({ kind }) => kind === 'deployment.finished')?.data).toMatchObject({
      deployment: { id: deploymentId, taskSequenceName: 'Install', collectionName: 'Lab' },
      succeeded: 1,
      failed: 1,
      cancelled: 0,
    });
  });

  it('an unknown computer tells once that it waits, and that it was approved', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ unknownComputers: 'approval', namingRule: 'PC-{mac:4}' });
    const subscription = await subscribe(site, 'Everything');
    const hello = aHello({ mac: macOf(7), uuid: null });

    await site.call('POST', '/agent/hello', hello, '');
    await site.call('POST', '/agent/hello', hello, '');
    const [device] = (await site.call('GET', '/devices')).body.items;
    site.clock.nowMs += 1000;
    await site.call('PATCH', `/devices/${device?.id}`, { state: 'approved' });
    await site.call('PATCH', `/devices/${device?.id}`, { state: 'approved' });

    const told = await toldOf(site, subscription);
    expect(told.map(({ kind }) => kind)).toEqual(['device.waiting', 'device.approved']);
    expect(told[1]?.data).toEqual({ device: { id: device?.id, name: 'PC-0007' } });
  });

  it('who is told of some collections alone hears of their computers and deployments, and nothing of the site', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { collectionId, run } = await fleet(site);
    const other = (await site.call('POST', '/collections', { name: 'Other' })).body;
    const [inside, outside] = [await subscribe(site, 'Inside', [collectionId]), await subscribe(site, 'Outside', [other.id])];
    const jobs = new JobStore(test.database);

    await run(1, failed);
    const job = await jobs.insert('backup', '/srv/backup', {}, 0);
    await jobs.end(job.id, 'queued', { state: 'failed', result: null, error: null }, 0);

    const kinds = (await toldOf(site, inside)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['deployment.paused', 'run.begun', 'run.failed']);
    expect(await listDeliveries(site.database.sql, outside, { limit: 10 })).toEqual([]);
  });

  it('a distribution point tells once that it is lost, and one that was never there tells nothing', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const subscription = await subscribe(site, 'Everything');
    for (const name of ['North', 'Never']) await site.call('POST', '/distribution-points', { name, url: `https://${name}.example:8443` });
    const seen = { enrolled_at: 1, last_seen_at: site.clock.nowMs };
    await test.database.sql.updateTable('distribution_points').set(seen).where('name', '=', 'North').execute();
    const look = () => noteLostPoints(test.database, site.clock.nowMs, silentLog);

    await look();
    site.clock.nowMs += 121_000;
    await look();
    await look();

    expect(await toldOf(site, subscription)).toMatchObject([
      { kind: 'distribution-point.lost', data: { distributionPoint: { name: 'North' }, lastSeenAt: '2026-11-22T10:00:00.000Z' } },
    ]);
  });

  it('jobs tell when they fail, and backups also when they are written; what was cancelled tells nothing', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const subscription = await subscribe(site, 'Everything');
    const jobs = new JobStore(test.database);
    const error = { code: 'CONTENT_NOT_FOUND', message: '', details: {} };
    let nowMs = 0;

    for (const [kind, state] of [
      ['backup', 'succeeded'],
      ['backup', 'failed'],
      ['content-verify', 'succeeded'],
      ['content-verify', 'failed'],
      ['backup', 'cancelled'],
    ] as const) {
      nowMs += 1;
      const { id } = await jobs.insert(kind, 'all', {}, nowMs);
      await jobs.end(id, 'queued', { state, result: null, error: state === 'failed' ? error : null }, nowMs);
    }

    expect((await toldOf(site, subscription)).map(({ kind }) => kind)).toEqual(['backup.succeeded', 'backup.failed', 'job.failed']);
  });
});
