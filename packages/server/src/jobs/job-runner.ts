/**
 * Runs jobs: a bounded number at a time, oldest first; goes on after a restart; cancels. What a job does is its handler.
 * A job is either in its row with state `queued`, or here.
 */
import { OstlerError, toErrorBody, type Job, type Progress } from '@ostler/contract';
import type { Logger } from 'pino';
import type { JobHandler, JobHandlers, JobQueue } from './job-handlers.ts';
import { asJob, type JobRow, type JobStore } from './job-store.ts';
import { throttleProgress } from './throttle-progress.ts';

export interface JobRunnerOptions {
  readonly store: JobStore;
  readonly concurrency: number;
  readonly progressEveryMs: number;
  readonly now: () => number;
  readonly log: Logger;
}

export interface JobRunner extends JobQueue {
  /** Takes up what was left, and begins to run. */
  start(handlers: JobHandlers): Promise<void>;
  /** @throws OstlerError NOT_FOUND, JOB_ENDED */
  cancel(id: string): Promise<Job>;
  /** Interrupts what runs and puts it back into the queue, for the next start. */
  stop(): Promise<void>;
}

/** Why a running job's signal aborted. */
class Interruption extends Error {
  override readonly name = 'AbortError';
  readonly by: 'cancel' | 'stop';

  constructor(by: 'cancel' | 'stop') {
    super(by === 'cancel' ? 'The job was cancelled.' : 'The server stops.');
    this.by = by;
  }
}

interface RunningJob {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

export function createJobRunner({ store, concurrency, progressEveryMs, now, log }: JobRunnerOptions): JobRunner {
  const running = new Map<string, RunningJob>();
  let handlers: JobHandlers | null = null;
  let filling: Promise<void> = Promise.resolve();

  const run = async (row: JobRow, signal: AbortSignal, table: JobHandlers): Promise<void> => {
    const jobLog = log.child({ jobId: row.id, job: row.kind });
    jobLog.info({ subject: row.subject }, 'job started');
    const progress = throttleProgress((value) => store.saveProgress(row.id, value), progressEveryMs, jobLog);
    const outcome = await attempt(row, table, { signal, log: jobLog, report: (value: Progress) => progress.report(value) });
    await progress.finish();
    if (outcome.state === 'interrupted') return store.requeue(row.id);
    await store.end(row.id, ['running'], outcome, now());
    jobLog[outcome.state === 'failed' ? 'error' : 'info']({ state: outcome.state, error: outcome.error }, 'job ended');
    return undefined;
  };

  const startOne = async (table: JobHandlers): Promise<boolean> => {
    const row = await store.startNext(now());
    if (row === undefined) return false;
    const controller = new AbortController();
    const ended = run(row, controller.signal, table)
      .catch((error: unknown) => log.error({ err: error, jobId: row.id }, 'a job could not be recorded'))
      .finally(() => {
        running.delete(row.id);
        fill();
      });
    running.set(row.id, { controller, ended });
    return true;
  };

  /** One filling after another, so that two never start more than there is room for. */
  const fill = (): void => {
    filling = filling
      .then(async () => {
        while (handlers !== null && running.size < concurrency && (await startOne(handlers)));
      })
      .catch((error: unknown) => log.error({ err: error }, 'the next job could not be taken up'));
  };

  return {
    enqueue: async (kind, subject, payload) => {
      const job = asJob(await store.insert(kind, subject, payload, now()));
      fill();
      return job;
    },
    start: async (table) => {
      const left = await store.requeueRunning();
      if (left > 0) log.info({ jobs: left }, 'interrupted jobs are started again');
      handlers = table;
      fill();
    },
    cancel: async (id) => {
      const cancelled = { state: 'cancelled', result: null, error: null } as const;
      if (!(await store.end(id, ['queued'], cancelled, now()))) {
        const job = running.get(id);
        job?.controller.abort(new Interruption('cancel'));
        await job?.ended;
      }
      const row = await store.get(id);
      if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'job', id });
      if (row.state !== 'cancelled') throw new OstlerError('JOB_ENDED', { id, state: row.state });
      return asJob(row);
    },
    stop: async () => {
      handlers = null;
      await filling;
      for (const { controller } of running.values()) controller.abort(new Interruption('stop'));
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}

type Outcome =
  | { readonly state: 'interrupted' }
  | { readonly state: 'succeeded'; readonly result: Readonly<Record<string, unknown>>; readonly error: null }
  | { readonly state: 'failed'; readonly result: null; readonly error: ReturnType<typeof toErrorBody> }
  | { readonly state: 'cancelled'; readonly result: null; readonly error: null };

async function attempt(row: JobRow, handlers: JobHandlers, context: Parameters<JobHandler<'backup'>>[1]): Promise<Outcome> {
  // Safe: the row was written by enqueue, which pairs the kind with its payload.
  const handler = handlers[row.kind] as JobHandler<typeof row.kind>;
  try {
    return { state: 'succeeded', result: await handler(JSON.parse(row.payload) as never, context), error: null };
  } catch (error) {
    const { signal } = context;
    const reason: unknown = signal.reason;
    if (signal.aborted && reason instanceof Interruption) {
      return reason.by === 'stop' ? { state: 'interrupted' } : { state: 'cancelled', result: null, error: null };
    }
    const body = toErrorBody(error);
    if (body.code === 'INTERNAL') context.log.error({ err: error }, 'job failed unexpectedly');
    return { state: 'failed', result: null, error: body };
  }
}
