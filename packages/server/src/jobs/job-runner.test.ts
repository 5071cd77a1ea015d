import { setTimeout as sleep } from 'node:timers/promises';
import { OstlerError, type JobKind, type JobState } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases, silentLog } from '../../test/databases.ts';
import type { Database } from '../database/database.ts';
import type { JobContext, JobHandlers } from './job-handlers.ts';
import { JobRunner } from './job-runner.ts';
import { asJob, JobStore } from './job-store.ts';

type Work = (context: JobContext) => Promise<Record<string, unknown>>;

function createRunner(database: Database, concurrency: number): JobRunner {
  return new JobRunner({ store: new JobStore(database), concurrency, progressEveryMs: 50, now: Date.now, log: silentLog });
}

/** Every kind does the same. */
function handlersThat(work: Work): JobHandlers {
  const handler = (_payload: unknown, context: JobContext) => work(context);
  const kinds: Record<JobKind, typeof handler> = {
    'image-import': handler,
    'image-create': handler,
    'image-export': handler,
    'content-verify': handler,
    'boot-image-build': handler,
    backup: handler,
    'collection-evaluation': handler,
    'sealing-key-rotation': handler,
    retention: handler,
  };
  return kinds;
}

const waitForAbort: Work = async ({ signal }) => {
  await sleep(60_000, undefined, { signal });
  return {};
};

async function waitFor(store: JobStore, id: string, state: JobState) {
  for (let turn = 0; turn < 500; turn += 1) {
    const row = await store.get(id);
    if (row?.state === state) return asJob(row);
    await sleep(10);
  }
  throw new Error(`The job did not become ${state}: ${JSON.stringify(await store.get(id))}`);
}

describe.each(databases)('jobs on $dialect', ({ open }) => {
  it('are kept with what they made', async () => {
    await using test = await open();
    const runner = createRunner(test.database, 2);
    await runner.start(handlersThat(() => Promise.resolve({ imageId: 'image-1' })));

    const { id } = await runner.enqueue('content-verify', 'all content', {});
    const job = await waitFor(new JobStore(test.database), id, 'succeeded');
    await runner.stop();

    expect(job).toMatchObject({ kind: 'content-verify', subject: 'all content', result: { imageId: 'image-1' }, error: null });
    expect(job.startedAt).not.toBeNull();
    expect(job.endedAt).not.toBeNull();
  });

  it('say why they failed, in the words of the catalogue', async () => {
    await using test = await open();
    const runner = createRunner(test.database, 2);
    await runner.start(handlersThat(() => Promise.reject(new OstlerError('NOT_FOUND', { kind: 'upload', id: 'u-1' }))));

    const { id } = await runner.enqueue('content-verify', 'x', {});
    const job = await waitFor(new JobStore(test.database), id, 'failed');
    await runner.stop();

    expect(job.error).toMatchObject({ code: 'NOT_FOUND', message: 'There is no upload u-1.', details: { kind: 'upload', id: 'u-1' } });
  });

  it('run a bounded number at a time, oldest first', async () => {
    await using test = await open();
    const runner = createRunner(test.database, 2);
    const store = new JobStore(test.database);
    let running = 0;
    let most = 0;
    const work: Work = async ({ signal }) => {
      most = Math.max(most, (running += 1));
      await sleep(30, undefined, { signal });
      running -= 1;
      return {};
    };
    const jobs = [];
    for (let index = 0; index < 6; index += 1) jobs.push(await runner.enqueue('content-verify', String(index), {}));

    await runner.start(handlersThat(work));
    const ended = [];
    for (const { id } of jobs) ended.push(await waitFor(store, id, 'succeeded'));
    await runner.stop();

    expect(most).toBe(2);
    const starts = ended.map(({ startedAt }) => startedAt ?? '');
    expect(starts).toEqual(starts.toSorted());
  });

  it('go on at the next start when the server stopped, with the same payload', async () => {
    await using test = await open();
    const store = new JobStore(test.database);
    const before = createRunner(test.database, 1);
    await before.start(handlersThat(waitForAbort));
    const { id } = await before.enqueue('backup', '/b', { path: '/b', includeContent: true });
    await waitFor(store, id, 'running');
    await before.stop();
    expect(await store.get(id)).toMatchObject({ state: 'queued', started_at: null });

    const after = createRunner(test.database, 1);
    const payloads: unknown[] = [];
    await after.start({ ...handlersThat(waitForAbort), backup: (payload) => (payloads.push(payload), Promise.resolve({})) });
    await waitFor(store, id, 'succeeded');
    await after.stop();

    expect(payloads).toEqual([{ path: '/b', includeContent: true }]);
  });

  it('go on when the server was killed while they ran', async () => {
    await using test = await open();
    const store = new JobStore(test.database);
    const { id } = await store.insert('content-verify', 'x', {}, Date.now());
    await store.startNext(Date.now());

    const runner = createRunner(test.database, 1);
    await runner.start(handlersThat(() => Promise.resolve({})));
    await waitFor(store, id, 'succeeded');
    await runner.stop();
  });

  it('are cancelled while they run and while they wait, but not afterwards', async () => {
    await using test = await open();
    const store = new JobStore(test.database);
    const runner = createRunner(test.database, 1);
    await runner.start(handlersThat(waitForAbort));
    const first = await runner.enqueue('content-verify', 'first', {});
    const second = await runner.enqueue('content-verify', 'second', {});
    await waitFor(store, first.id, 'running');

    expect(await runner.cancel(second.id, new AbortController().signal)).toMatchObject({ state: 'cancelled', startedAt: null });
    expect(await runner.cancel(first.id, new AbortController().signal)).toMatchObject({ state: 'cancelled', error: null });
    await expect(runner.cancel('job-none', new AbortController().signal)).rejects.toThrow('There is no job job-none');
    await runner.stop();
  });

  it('cannot be cancelled after they have ended', async () => {
    await using test = await open();
    const runner = createRunner(test.database, 1);
    await runner.start(handlersThat(() => Promise.resolve({})));
    const { id } = await runner.enqueue('content-verify', 'x', {});
    await waitFor(new JobStore(test.database), id, 'succeeded');

    await expect(runner.cancel(id, new AbortController().signal)).rejects.toThrow('has ended already: succeeded');
    await runner.stop();
  });

  it('show the last progress they reported, however fast they report', async () => {
    await using test = await open();
    const runner = createRunner(test.database, 1);
    await runner.start(
      handlersThat(({ report }) => {
        for (let done = 1; done <= 1000; done += 1) report({ activity: 'Counting', done, total: 1000, unit: 'files' });
        return Promise.resolve({});
      }),
    );
    const { id } = await runner.enqueue('content-verify', 'x', {});

    const job = await waitFor(new JobStore(test.database), id, 'succeeded');
    await runner.stop();

    expect(job.progress).toEqual({ activity: 'Counting', done: 1000, total: 1000, unit: 'files' });
  });
});
