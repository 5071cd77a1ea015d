import { AuditQuery } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, aMessage, deploymentSite, mac, type DeploymentSite } from '../../test/deployment-site.ts';
import { AuditLog } from '../audit/audit-log.ts';

const dayMs = 86_400_000;
const signal = new AbortController().signal;

/** A computer that runs a deployment again and again. */
async function deployed(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
  const body = {
    taskSequenceId: await site.addSequence('Install'),
    collectionId: collection.id,
    purpose: 'required',
    failureThreshold: null,
  };
  const { id: deploymentId } = (await site.call('POST', '/deployments', body)).body;
  const begin = async () => (await site.call('POST', '/agent/hello', aHello(), '')).body;
  const run = async (result = 'succeeded'): Promise<string> => {
    await site.call('POST', `/deployments/${deploymentId}/rerun`, { deviceId: device.id });
    const { runId, key } = await begin();
    const messages = [{ ...aMessage(1), kind: 'step-succeeded', durationMs: 5000 }];
    await site.call('POST', `/agent/runs/${runId}/status`, { messages, progress: null }, key);
    await site.call('PATCH', `/agent/runs/${runId}/log`, 'what happened', key, {
      'upload-offset': '0',
      'content-type': 'application/octet-stream',
    });
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 9, cursor: null, result }), key);
    await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
    return runId;
  };
  return { device, deploymentId, begin, run };
}

function retain(site: DeploymentSite): Promise<Readonly<Record<string, unknown>>> {
  return site.features.jobHandlers.retention({}, { signal, log: site.log, report: () => undefined });
}

const messageCount = async (site: DeploymentSite, runId: string): Promise<number> =>
  (await site.call('GET', `/runs/${runId}/messages`)).body.items.length;
const report = async (site: DeploymentSite, name: string) => {
  const { body } = await site.call('POST', `/reports/${name}`, { parameters: { since: '2026-01-01' } });
  return (body as unknown as { readonly rows: readonly Readonly<Record<string, unknown>>[] }).rows;
};

describe.each(databases)('retention, on $dialect', ({ open }) => {
  it('deletes old messages, and how long the steps took is still known', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { run } = await deployed(site);
    const old = await run();
    site.clock.nowMs += 100 * dayMs;
    const young = await run();
    await site.call('PATCH', '/site/retention', { messagesDays: 90 });

    expect(await retain(site)).toMatchObject({ messages: 1, runs: 0 });

    expect(await Promise.all([old, young].map((each) => messageCount(site, each)))).toEqual([0, 1]);
    expect(await report(site, 'step-times')).toMatchObject([{ step: 'Disk', succeeded: 2, averageMs: 5000 }]);
  });

  it('deletes old records of runs that nothing needs, and the trend still has them', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { run } = await deployed(site);
    const old = [await run('failed'), await run()];
    site.clock.nowMs += 400 * dayMs;
    const newest = await run();
    const before = await report(site, 'trend');
    await site.call('PATCH', '/site/retention', { runsDays: 365 });

    expect(await retain(site)).toMatchObject({ runs: 2 });

    expect((await Promise.all([...old, newest].map((id) => site.call('GET', `/runs/${id}`)))).map(({ status }) => status)).toEqual([
      404, 404, 200,
    ]);
    expect(await report(site, 'trend')).toEqual(before);
    expect(before).toMatchObject([{ succeeded: 1, failed: 1 }, { succeeded: 1 }]);
  });

  it('keeps what a deployment counts, so that nothing runs again, and the last run of a computer', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { run, begin } = await deployed(site);
    const only = await run();
    site.clock.nowMs += 4000 * dayMs;
    await site.call('PATCH', '/site/retention', { runsDays: 1, messagesDays: 1, logsDays: 1 });
    await retain(site);

    expect((await site.call('GET', `/runs/${only}`)).status).toBe(200);
    expect((await begin()).runId ?? null).toBeNull();
  });

  it('never touches what runs, however long it has', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { begin } = await deployed(site);
    const { runId, key } = await begin();
    await site.call('POST', `/agent/runs/${runId}/status`, { messages: [aMessage(1)], progress: null }, key);
    site.clock.nowMs += 4000 * dayMs;
    await site.call('PATCH', '/site/retention', { runsDays: 1, messagesDays: 1, logsDays: 1, statisticsDays: 1, inventoryChangesDays: 1 });
    await retain(site);

    expect(await messageCount(site, runId)).toBe(1);
    expect((await site.call('GET', `/agent/runs/${runId}`, undefined, key)).status).toBe(200);
  });

  it('lets a run whose messages are gone go on, and counts what it then does', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { run, begin } = await deployed(site);
    const runId = await run('failed');
    site.clock.nowMs += 100 * dayMs;
    await site.call('PATCH', '/site/retention', { messagesDays: 1, logsDays: 1 });
    expect(await retain(site)).toMatchObject({ messages: 1, logs: 1 });
    await site.call('POST', `/runs/${runId}/restart`, {});
    const { key } = await begin();
    const messages = [{ ...aMessage(1), kind: 'step-succeeded', durationMs: 7000 }];
    await site.call('POST', `/agent/runs/${runId}/status`, { messages, progress: null }, key);
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 99, cursor: null, result: 'succeeded' }), key);
    await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);

    expect(await report(site, 'step-times')).toMatchObject([{ succeeded: 2, totalMs: 12_000 }]);
    site.clock.nowMs += 2 * dayMs;
    expect(await retain(site)).toMatchObject({ messages: 1, logs: 1 });
  });

  it('is interrupted at any time, and goes on the next time', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { run } = await deployed(site);
    const first = await run();
    site.clock.nowMs += 400 * dayMs;
    await run();
    await site.call('PATCH', '/site/retention', { messagesDays: 30, logsDays: 30, runsDays: 30 });
    const stop = new AbortController();
    const interrupted = site.features.jobHandlers.retention({}, { signal: stop.signal, log: site.log, report: () => stop.abort() });

    await expect(interrupted).rejects.toThrow();
    expect([await messageCount(site, first), (await site.call('GET', `/runs/${first}`)).status]).toEqual([0, 200]);
    expect(await retain(site)).toMatchObject({ messages: 0, logs: 1, runs: 1 });
    expect((await site.call('GET', `/runs/${first}`)).status).toBe(404);
  });

  it('removes old entries of the audit log where the site says so, and the log says that', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    // As an earlier version wrote it.
    const settings = JSON.stringify({
      retention: { messagesDays: 5, logsDays: 5, runsDays: 5, inventoryChangesDays: 5, statisticsDays: 5 },
    });
    await test.database.sql.insertInto('site_settings').values({ id: 'site', settings, target_password_hash: null }).execute();
    await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] });
    site.clock.nowMs += 100 * dayMs;

    expect(await retain(site)).toMatchObject({ audit: 0 });
    expect((await site.call('PATCH', '/site/retention', { auditDays: 7 })).status).toBe(400);
    const { body } = await site.call('PATCH', '/site/retention', { auditDays: 90 });
    expect(body).toMatchObject({ settings: { messagesDays: 5, auditDays: 90 } });
    expect((body as unknown as { subjects: object[] }).subjects.at(-1)).toMatchObject({ subject: 'audit', dueCount: 1 });
    expect(await retain(site)).toMatchObject({ audit: 1 });

    const log = new AuditLog(test.database, () => site.clock.nowMs);
    expect((await log.page(AuditQuery.parse({}))).items.map(({ operation }) => operation)).toEqual(['audit.remove', 'retention.update']);
    expect(await log.verify()).toMatchObject({ intact: true, entries: 2, removedThrough: 1 });
  });

  it('says what it keeps how long, and what is older', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { run } = await deployed(site);
    await run();
    site.clock.nowMs += 200 * dayMs;

    const { body } = await site.call('GET', '/site/retention');
    expect(body).toMatchObject({ settings: { messagesDays: 180, logsDays: 90, runsDays: 1095 }, lastRunAt: null });
    expect((body as unknown as { subjects: object[] }).subjects).toMatchObject([
      { subject: 'messages', oldest: '2026-11-22T10:00:00.000Z', dueCount: 1 },
      { subject: 'logs', dueCount: 1 },
      { subject: 'runs', dueCount: 0 },
      { subject: 'inventoryChanges', oldest: null },
      { subject: 'statistics', dueCount: 0 },
      { subject: 'audit', keptSince: null, dueCount: 0 },
    ]);
    expect((await site.call('POST', '/site/retention/run')).body).toMatchObject({ kind: 'retention', state: 'queued' });
  });
});
