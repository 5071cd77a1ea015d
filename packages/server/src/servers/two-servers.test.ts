import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPostgresDatabase, temporaryDirectory } from '@ostler/testkit';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { databases, silentLog } from '../../test/databases.ts';
import { configFor, signIn } from '../../test/running-app.ts';
import { aHello, aJournal, aMessage, mac } from '../../test/deployment-site.ts';
import { startApp, type App } from '../app.ts';
import { AuditLog } from '../audit/audit-log.ts';
import type { JobHandlers } from '../jobs/job-handlers.ts';
import { JobRunner } from '../jobs/job-runner.ts';
import { JobStore } from '../jobs/job-store.ts';
import { ServerRegister } from './server-register.ts';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Two servers that were started at the same moment, on one new database. */
async function twoServers() {
  await using cleanUp = new AsyncDisposableStack();
  const folder = cleanUp.use(await temporaryDirectory());
  const { url } = cleanUp.use(await createPostgresDatabase());
  const shared = join(folder.path, 'shared');
  await mkdir(shared);
  const start = (name: string) => {
    const flags = ['--database-url', url, '--shared-directory', shared];
    return startApp({
      config: configFor(join(folder.path, name), ...flags),
      log: pino({ level: 'silent' }),
      now: Date.now,
      environment: {},
    });
  };
  const started = await Promise.all([start('a'), start('b')]);
  for (const app of started) cleanUp.use(app);
  const [a, b] = started;
  const running = cleanUp.move();
  return { a, b, shared, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function call(
  { https }: App,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH',
  path: string,
  key: string,
  payload?: object,
): Promise<Answer> {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await https.inject({ method, url: `/api/v1${path}`, headers, ...(payload === undefined ? {} : { payload }) });
  return { status: answer.statusCode, body: answer.json<Answer['body']>() };
}

/** A known computer with a required deployment. @returns its deployment's id */
async function deploy(app: App, admin: string): Promise<string> {
  await call(app, 'PATCH', '/site', admin, { trust: 'automatic' });
  const { id: deviceId } = (await call(app, 'POST', '/devices', admin, { name: 'lab-1', macAddresses: [mac] })).body;
  const { id: collectionId } = (await call(app, 'POST', '/collections', admin, { name: 'Lab' })).body;
  await call(app, 'PUT', `/collections/${collectionId as string}/members/${deviceId as string}`, admin);
  const step = { type: 'run-command-line', name: 'Say hello', options: { commandLine: 'echo hello' } };
  const { id: taskSequenceId } = (await call(app, 'POST', '/task-sequences', admin, { name: 'Install', steps: [step] })).body;
  const deployment = { taskSequenceId, collectionId, purpose: 'required' };
  return (await call(app, 'POST', '/deployments', admin, deployment)).body['id'] as string;
}

describe('two servers of one site', () => {
  it('have one CA and one administrator, and a run that begins at one goes on and ends at the other, whose watchers see it', async () => {
    await using site = await twoServers();
    const { a, b } = site;
    expect(b.site.caPem).toBe(a.site.caPem);
    expect(a.isFirstStart).not.toBe(b.isFirstStart);
    const admin = await signIn(a);
    const deploymentId = await deploy(a, admin);
    await using watch = await watchAt(a, deploymentId, admin);

    const { key, runId } = (await call(a, 'POST', '/agent/hello', '', aHello())).body as { key: string; runId: string };
    const report = { messages: [aMessage(1)], progress: null };
    expect((await call(b, 'POST', `/agent/runs/${runId}/status`, key, report)).body).toMatchObject({ acknowledged: 1 });
    expect(
      (await call(b, 'PUT', `/agent/runs/${runId}/journal`, key, aJournal({ revision: 3, cursor: null, result: 'succeeded' }))).status,
    ).toBe(200);
    const log = { 'content-type': 'text/plain', authorization: `Bearer ${key}` };
    const path = `/api/v1/agent/runs/${runId}/log`;
    await a.https.inject({ method: 'PATCH', url: path, headers: { ...log, 'upload-offset': '0' }, payload: 'hello\n' });
    await b.https.inject({ method: 'PATCH', url: path, headers: { ...log, 'upload-offset': '6' }, payload: 'world\n' });

    await watch.until((text) => text.includes('event: message') && text.includes(runId));
    expect((await call(b, 'POST', `/agent/runs/${runId}/finish`, key)).status).toBe(200);
    expect((await call(a, 'GET', `/runs/${runId}`, admin)).body).toMatchObject({ state: 'succeeded' });
    const kept = await a.https.inject({ url: `/api/v1/runs/${runId}/log`, headers: { authorization: `Bearer ${admin}` } });
    expect(kept.body).toBe('hello\nworld\n');

    // What is too old is deleted by whichever server has its turn, wherever it was written.
    await call(b, 'PATCH', '/site/retention', admin, { logsDays: 1 });
    await a.site.database.sql.updateTable('runs').set({ ended_at: 1 }).where('id', '=', runId).execute();
    const { id: jobId } = (await call(b, 'POST', '/site/retention/run', admin)).body;
    await stateBecomes(a.site.database, jobId as string, 'succeeded');
    const left = await a.https.inject({ url: `/api/v1/runs/${runId}/log`, headers: { authorization: `Bearer ${admin}` } });
    expect([left.statusCode, left.body]).toEqual([200, '']);
    expect(await readdir(join(site.shared, 'runs'))).toEqual([]);
  });
});

/** Server-sent events of a deployment, read over the network. */
async function watchAt(app: App, deploymentId: string, admin: string) {
  const { Agent, request } = await import('node:https');
  const agent = new Agent({ ca: app.site.caPem, keepAlive: false });
  const { promise, resolve, reject } = Promise.withResolvers<{ text: string }>();
  const heard = { text: '' };
  const url = `${app.site.serverUrl()}/api/v1/deployments/${deploymentId}/watch`;
  const asked = request(url, { agent, headers: { authorization: `Bearer ${admin}` } }, (answer) => {
    answer.setEncoding('utf8').on('data', (text: string) => {
      heard.text += text;
      resolve(heard);
    });
    answer.on('error', () => undefined);
  });
  asked.on('error', reject).end();
  await promise;
  return {
    until: async (isHeard: (text: string) => boolean) => {
      for (let turn = 0; turn < 1000 && !isHeard(heard.text); turn += 1) await sleep(10);
      expect(heard.text).toSatisfy(isHeard);
    },
    [Symbol.asyncDispose]: async () => void asked.destroy(),
  };
}

const handlersThat = (work: (signal: AbortSignal) => Promise<Record<string, unknown>>): JobHandlers => {
  const handler = (_payload: unknown, { signal }: { readonly signal: AbortSignal }) => work(signal);
  // Safe: every kind does the same.
  return new Proxy({}, { get: () => handler }) as JobHandlers;
};

describe.each(databases.filter(({ dialect }) => dialect === 'postgres'))('jobs of several servers on $dialect', ({ open }) => {
  it('are taken over from a server whose beat stands still, and not before', async () => {
    await using test = await open();
    const { database } = test;
    const clock = { nowMs: 1_000_000 };
    const now = (): number => clock.nowMs;
    const runnerOf = (serverId: string) =>
      new JobRunner({ store: new JobStore(database, serverId), concurrency: 1, progressEveryMs: 50, now, log: silentLog });
    const [first, second] = [runnerOf('server-1'), runnerOf('server-2')];
    const changes = new AuditLog(database, now);
    const registerOf = (serverId: string, jobs: JobRunner) =>
      new ServerRegister({ database, serverId, jobs, changes, now, log: silentLog });
    const [one, two] = [registerOf('server-1', first), registerOf('server-2', second)];
    await one.enter();
    await two.enter();
    const interrupted = Promise.withResolvers<void>();
    await first.start(
      handlersThat(async (signal) => {
        signal.addEventListener('abort', () => interrupted.resolve());
        await sleep(60_000, undefined, { signal });
        return { by: 'first' };
      }),
    );
    const { id } = await first.enqueue('content-verify', 'all content', {});
    await stateBecomes(database, id, 'running');
    await second.start(handlersThat(() => Promise.resolve({ by: 'second' })));

    await two.beat();
    clock.nowMs += 50_000;
    await one.beat();
    await two.beat();
    clock.nowMs += 50_000;
    await two.beat();
    expect((await new JobStore(database).get(id))?.state).toBe('running');
    clock.nowMs += 10_000;
    await two.beat();
    await stateBecomes(database, id, 'succeeded');
    // It was only cut off: it finds that it was taken for dead, and lets go.
    await one.beat();
    await interrupted.promise;
    expect(JSON.parse((await new JobStore(database).get(id))?.result ?? '{}')).toEqual({ by: 'second' });
    await Promise.all([first.stop(), second.stop()]);
  });

  it('are cancelled at whichever server is asked', async () => {
    await using test = await open();
    const { database } = test;
    const runnerOf = (serverId: string) =>
      new JobRunner({ store: new JobStore(database, serverId), concurrency: 1, progressEveryMs: 50, now: Date.now, log: silentLog });
    const [first, second] = [runnerOf('server-1'), runnerOf('server-2')];
    await first.start(
      handlersThat(async (signal) => {
        await sleep(60_000, undefined, { signal });
        return {};
      }),
    );
    const { id } = await first.enqueue('content-verify', 'all content', {});
    await stateBecomes(database, id, 'running');

    const cancelling = second.cancel(id, new AbortController().signal);
    while ((await new JobStore(database).get(id))?.cancel_requested !== 1) await sleep(5);
    await first.heed();

    expect((await cancelling).state).toBe('cancelled');
    await first.stop();
  });
});

describe.each(databases.filter(({ dialect }) => dialect === 'sqlite'))('one server alone on $dialect', ({ open }) => {
  it('a job that ran when a backup was made is started again where the backup was restored', async () => {
    await using test = await open();
    const { database } = test;
    const before = new JobStore(database, 'server-before');
    await before.insert('content-verify', 'all content', {}, 1);
    const id = (await before.startNext(2))?.id ?? '';
    const jobs = new JobRunner({
      store: new JobStore(database, 'server-now'),
      concurrency: 1,
      progressEveryMs: 50,
      now: Date.now,
      log: silentLog,
    });
    const changes = new AuditLog(database, Date.now);
    const register = new ServerRegister({ database, serverId: 'server-now', jobs, changes, now: Date.now, log: silentLog });

    await register.enter();
    await jobs.start(handlersThat(() => Promise.resolve({})));
    register.start();

    await stateBecomes(database, id, 'succeeded');
    await jobs.stop();
    await register.stop();
  });
});

async function stateBecomes(database: ConstructorParameters<typeof JobStore>[0], id: string, state: string): Promise<void> {
  for (let turn = 0; turn < 1000 && (await new JobStore(database).get(id))?.state !== state; turn += 1) await sleep(10);
  expect((await new JobStore(database).get(id))?.state).toBe(state);
}
