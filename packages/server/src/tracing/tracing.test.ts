/** Traces as a real collector gets them. */
import { join } from 'node:path';
import type { StatusMessage } from '@ostler/contract';
import { temporaryDirectory } from '@ostler/testkit';
import { describe, expect, it } from 'vitest';
import { databases, silentLog } from '../../test/databases.ts';
import { aHello, aJournal, aMessage, deploymentSite, mac } from '../../test/deployment-site.ts';
import { configFor, runApp, signIn } from '../../test/running-app.ts';
import { startTraceCollector, type CollectedSpan } from '../../test/trace-collector.ts';
import { startApp } from '../app.ts';
import { createRunEvents } from '../runs/run-events.ts';
import { createSpanExport } from './open-telemetry.ts';
import { traceIdOf } from './span.ts';
import { traceRuns } from './trace-runs.ts';

const attributesOf = ({ attributes }: CollectedSpan) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

describe('a site with an endpoint for traces', () => {
  it('sends a span for each request and each job, without what was asked', async () => {
    await using collector = await startTraceCollector();
    const running = await runApp('--otlp-endpoint', collector.endpoint);
    const admin = await running.signIn();
    const headers = { authorization: `Bearer ${admin}`, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const { https, site } = running.app;

    await https.inject({ url: '/api/v1/devices?search=hunter2', headers });
    await https.inject({ url: '/api/v1/devices/device-none', headers: { authorization: 'Bearer hunter3' } });
    await https.inject({ url: '/healthz' });
    const { id } = await site.jobs.enqueue('backup', '/usr', { path: '/usr', includeContent: false });
    await expect.poll(() => site.jobStore.get(id), { timeout: 20_000 }).toMatchObject({ state: 'failed' });
    await running[Symbol.asyncDispose]();

    const byName = new Map(collector.spans.map((span) => [span.name, span]));
    expect([...byName.keys()].toSorted()).toEqual(['GET /api/v1/devices', 'GET /api/v1/devices/:id', 'job backup']);
    expect(byName.get('GET /api/v1/devices')).toMatchObject({ traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16), kind: 2 });
    expect(attributesOf(byName.get('GET /api/v1/devices/:id')!)).toMatchObject({
      'http.request.method': 'GET',
      'http.route': '/api/v1/devices/:id',
      'http.response.status_code': 401,
    });
    expect(byName.get('job backup')).toMatchObject({ traceId: traceIdOf(id), status: { code: 2, message: 'BACKUP_TARGET_NOT_EMPTY' } });
    expect(JSON.stringify(collector.spans)).not.toMatch(/hunter/);
  });

  it('links a job to the request that made it, also when the job was interrupted and the site began again meanwhile', async () => {
    await using collector = await startTraceCollector();
    await using folder = await temporaryDirectory();
    const config = configFor(join(folder.path, 'data'), '--otlp-endpoint', collector.endpoint);
    const start = () => startApp({ config, log: silentLog, now: Date.now, environment: {} });
    const before = await start();
    const headers = { authorization: `Bearer ${await signIn(before)}` };
    // Nothing runs jobs now: as when the server dies before it begins.
    await before.site.jobs.stop();
    const request = { method: 'POST', url: '/api/v1/content/verify', headers } as const;
    const { id } = (await before.https.inject(request)).json<{ id: string }>();
    const alone = await before.site.jobs.enqueue('content-verify', 'of nobody', {});
    await before[Symbol.asyncDispose]();

    const after = await start();
    for (const job of [id, alone.id])
      await expect.poll(() => after.site.jobStore.get(job), { timeout: 20_000 }).toMatchObject({ state: 'succeeded' });
    await after[Symbol.asyncDispose]();

    const spanOf = (job: string) => collector.spans.find(({ traceId }) => traceId === traceIdOf(job));
    const maker = collector.spans.find(({ name }) => name === 'POST /api/v1/content/verify');
    expect(spanOf(id)?.links).toMatchObject([{ traceId: maker?.traceId, spanId: maker?.spanId }]);
    expect(spanOf(alone.id)?.links ?? []).toEqual([]);
  });

  it('works on, and stops, where the collector is gone', async () => {
    const collector = await startTraceCollector();
    await collector[Symbol.asyncDispose]();
    const running = await runApp('--otlp-endpoint', collector.endpoint);

    const { statusCode } = await running.app.https.inject({ url: '/api/v1/whoami' });
    await running[Symbol.asyncDispose]();

    expect(statusCode).toBe(401);
  });
});

describe.each(databases)('a run on $dialect', ({ open }) => {
  it('is a trace with a span for each of its steps', async () => {
    await using collector = await startTraceCollector();
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ trust: 'automatic' });
    const device = (await site.call('POST', '/devices', { name: 'pc-1', macAddresses: [mac] })).body;
    const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
    await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
    const body = { taskSequenceId: await site.addSequence('Install'), collectionId: collection.id, purpose: 'required' };
    const deploymentId = (await site.call('POST', '/deployments', body)).body.id;
    const { runId, key } = (await site.call('POST', '/agent/hello', aHello(), '')).body;
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal(), key);
    const error = { code: 'DISK_NOT_FOUND', message: 'hunter2', details: {} };
    const messages = [
      { ...aMessage(1), kind: 'step-succeeded', durationMs: 4000, exitCode: 0, at: '2026-11-22T10:00:05.000Z', output: 'hunter2' },
      { ...aMessage(2), kind: 'step-failed', path: [1], stepName: 'Apply', durationMs: 1000, error, at: '2026-11-22T10:00:06.000Z' },
      { ...aMessage(3), kind: 'run-failed', error, at: '2026-11-22T10:00:07.000Z' },
    ] as StatusMessage[];
    const spanExport = await createSpanExport(collector.endpoint, silentLog);
    const { promise: traced, resolve } = Promise.withResolvers<void>();
    const takeSpan: typeof spanExport.takeSpan = (span) => {
      spanExport.takeSpan(span);
      if (span.parentSpanId === null) resolve();
    };
    const events = traceRuns(createRunEvents(), { sql: test.database.sql, takeSpan, log: silentLog });

    for (const message of messages) events.publish(deploymentId, { kind: 'message', runId, deviceName: 'pc-1', message });
    await traced;
    await spanExport.stop();

    const [disk, apply, whole] = ['Disk', 'Apply', 'Install'].map((name) => collector.spans.find((span) => span.name === name));
    const { traceId } = (await site.call('GET', `/runs/${runId}`)).body as unknown as { traceId: string };
    expect([disk?.traceId, apply?.traceId, whole?.traceId]).toEqual([traceId, traceId, traceId]);
    expect([disk?.parentSpanId, apply?.parentSpanId]).toEqual([whole?.spanId, whole?.spanId]);
    expect(whole?.parentSpanId ?? '').toBe('');
    expect(disk).toMatchObject({ startTimeUnixNano: '1795341601000000000', endTimeUnixNano: '1795341605000000000', status: { code: 0 } });
    expect(apply?.status).toEqual({ code: 2, message: 'DISK_NOT_FOUND' });
    expect(attributesOf(whole!)).toMatchObject({ 'ostler.run.id': runId, 'ostler.device.name': 'pc-1' });
    expect(JSON.stringify(collector.spans)).not.toMatch(/hunter/);
  });
});
