/**
 * Runs jobs: a bounded number at a time, oldest first; goes on after a restart; cancels. What a job does is its handler.
 * A job is either in its row with state `queued`, or here, or on another server of the site.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OstlerError, toErrorBody, type Job, type JobKind } from '@ostler/contract';
import type { Logger } from 'pino';
import type { JobContext, JobHandler, JobHandlers, JobPayloads, JobQueue } from './job-handlers.ts';
import { asJob, type JobRow, type JobStore } from './job-store.ts';
import { throttleProgress } from './throttle-progress.ts';
import { traceJob } from './trace-job.ts';
import type { CurrentSpan } from '../tracing/current-span.ts';
import { asTraceParent, type TakeSpan } from '../tracing/span.ts';

export interface JobRunnerOptions {
  readonly store: JobStore;
  readonly concurrency: number;
  readonly progressEveryMs: number;
  readonly now: () => number;
  readonly log: Logger;
  readonly takeSpan?: TakeSpan | null;
  /** Which request makes a job; absent where nothing is traced. */
  readonly currentSpan?: Pick<CurrentSpan, 'get'> | null;
}

const interruptions = {
  cancel: 'The job was cancelled.',
  stop: 'The server stops.',
  loss: 'Another server has taken the job over.',
} as const;

/** Why a running job's signal aborted. */
class Interruption extends Error {
  override readonly name = 'AbortError';
  readonly by: 'cancel' | 'stop' | 'loss';

  constructor(by: Interruption['by']) {
    super(interruptions[by]);
    this.by = by;
  }
}

/** So long somebody who cancels a job of another server waits for it: it looks every few seconds. */
const cancelTurnMs = 500;
const cancelTurns = 20;

interface RunningJob {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

export class JobRunner implements JobQueue {
  readonly #options: JobRunnerOptions;
  readonly #running = new Map<string, RunningJob>();
  #handlers: JobHandlers | null = null;
  #filling: Promise<void> = Promise.resolve();

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  async enqueue<K extends JobKind>(kind: K, subject: string, payload: JobPayloads[K]): Promise<Job> {
    const { store, now, currentSpan = null } = this.#options;
    const maker = currentSpan?.get() ?? null;
    const job = asJob(await store.insert(kind, subject, payload, now(), maker === null ? null : asTraceParent(maker)));
    this.#fill();
    return job;
  }

  /** Takes up what was left, and begins to run. */
  async start(handlers: JobHandlers): Promise<void> {
    const { store, log } = this.#options;
    const left = await store.requeueOwn();
    if (left > 0) log.info({ jobs: left }, 'interrupted jobs are started again');
    this.#handlers = handlers;
    this.#fill();
  }

  /** Settles when the job has stopped; one of another server that does not stop soon still runs then. @throws OstlerError NOT_FOUND, JOB_ENDED */
  async cancel(id: string, signal: AbortSignal): Promise<Job> {
    const { store, now } = this.#options;
    if (!(await store.end(id, 'queued', cancelled, now()))) {
      // A job that was just taken up is known once the filling has ended.
      await this.#filling;
      const job = this.#running.get(id);
      if (job === undefined) await this.#cancelElsewhere(id, signal);
      job?.controller.abort(new Interruption('cancel'));
      await job?.ended;
    }
    const row = await store.get(id);
    if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'job', id });
    if (row.state !== 'cancelled' && row.state !== 'running') throw new OstlerError('JOB_ENDED', { id, state: row.state });
    return asJob(row);
  }

  /** Jobs of servers that are not there any more wait again. @returns how many */
  takeOver(): Promise<number> {
    return this.#options.store.requeueOfGone();
  }

  /** Lets go of what another server has taken over, cancels what another was asked to cancel, and begins what waits. */
  async heed(): Promise<void> {
    const jobs = [...this.#running];
    const own = await this.#options.store.ownAmong(jobs.map(([id]) => id));
    for (const [id, { controller }] of jobs) {
      const isCancelled = own.get(id);
      if (isCancelled === undefined) controller.abort(new Interruption('loss'));
      else if (isCancelled) controller.abort(new Interruption('cancel'));
    }
    this.#fill();
  }

  /** Interrupts what runs and puts it back into the queue, for the next start. */
  async stop(): Promise<void> {
    this.#handlers = null;
    await this.#filling;
    const jobs = [...this.#running.values()];
    for (const { controller } of jobs) controller.abort(new Interruption('stop'));
    await Promise.all(jobs.map(({ ended }) => ended));
  }

  async #cancelElsewhere(id: string, signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    await store.requestCancel(id);
    for (let turn = 0; turn < cancelTurns && (await store.get(id))?.state === 'running'; turn += 1) {
      await sleep(cancelTurnMs, undefined, { signal });
    }
  }

  /** One filling after another, so that two never start more than there is room for. */
  #fill(): void {
    this.#filling = this.#filling
      .then(() => this.#startWhileThereIsRoom())
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'the next job could not be taken up'));
  }

  async #startWhileThereIsRoom(): Promise<void> {
    const { store, concurrency, now, log } = this.#options;
    while (this.#handlers !== null && this.#running.size < concurrency) {
      const row = await store.startNext(now());
      if (row === undefined) return;
      const controller = new AbortController();
      const ended = this.#run(row, controller.signal, this.#handlers)
        .catch((error: unknown) => log.error({ err: error, jobId: row.id }, 'a job could not be recorded'))
        .finally(() => {
          this.#running.delete(row.id);
          this.#fill();
        });
      this.#running.set(row.id, { controller, ended });
    }
  }

  async #run(row: JobRow, signal: AbortSignal, handlers: JobHandlers): Promise<void> {
    const { store, progressEveryMs, now, takeSpan = null } = this.#options;
    const log = this.#options.log.child({ jobId: row.id, job: row.kind });
    log.info({ subject: row.subject }, 'job started');
    const progress = throttleProgress((value) => store.saveProgress(row.id, value), progressEveryMs, log);
    const outcome = await attempt(row, handlers, { signal, log, report: (value) => progress.report(value) });
    await progress.finish();
    if (outcome.state === 'interrupted') {
      await store.requeue(row.id);
      return;
    }
    const endedAtMs = now();
    await store.end(row.id, 'running', outcome, endedAtMs);
    if (takeSpan !== null) traceJob(row, outcome, endedAtMs, takeSpan);
    if (outcome.state === 'failed') log.error({ error: outcome.error }, 'job failed');
    else log.info({ state: outcome.state }, 'job ended');
  }
}

const cancelled = { state: 'cancelled', result: null, error: null } as const;

type Outcome =
  | { readonly state: 'interrupted' }
  | { readonly state: 'succeeded'; readonly result: Readonly<Record<string, unknown>>; readonly error: null }
  | { readonly state: 'failed'; readonly result: null; readonly error: ReturnType<typeof toErrorBody> }
  | { readonly state: 'cancelled'; readonly result: null; readonly error: null };

async function attempt(row: JobRow, handlers: JobHandlers, context: JobContext): Promise<Outcome> {
  // Safe: the row was written by enqueue, which pairs the kind with its payload.
  const handler = handlers[row.kind] as JobHandler<typeof row.kind>;
  try {
    return { state: 'succeeded', result: await handler(JSON.parse(row.payload) as never, context), error: null };
  } catch (error) {
    const { signal } = context;
    const reason: unknown = signal.reason;
    if (signal.aborted && reason instanceof Interruption) {
      return reason.by === 'cancel' ? cancelled : { state: 'interrupted' };
    }
    const body = toErrorBody(error);
    if (body.code === 'INTERNAL') context.log.error({ err: error }, 'job failed unexpectedly');
    return { state: 'failed', result: null, error: body };
  }
}
