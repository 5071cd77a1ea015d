/** Rows of jobs. Which may run when is job-runner.ts. */
import { ErrorBody, Progress, type Job, type JobKind, type JobState } from '@ostler/contract';
import { sql as raw, type Kysely, type Selectable, type UpdateQueryBuilder, type UpdateResult } from 'kysely';
import { z } from 'zod';
import type { SiteTables } from '../accounts/tables.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { noteJobEnded } from './note-job.ts';

export type JobRow = Selectable<SiteTables['jobs']>;

const nextNumber = raw<number>`coalesce(max(number), 0) + 1`.as('next');
const Result = z.record(z.string(), z.unknown());

export interface JobFilter {
  readonly state?: JobState | undefined;
  readonly kind?: JobKind | undefined;
  readonly limit: number;
}

export class JobStore {
  readonly #sql: Kysely<Tables>;
  readonly #serverId: string;

  /** @param serverId whose the jobs are that this one takes */
  constructor({ sql }: Database, serverId = 'server') {
    this.#sql = sql;
    this.#serverId = serverId;
  }

  /** @param traceParent the span of the request that makes it, as a `traceparent` header says it; null: none does, or nothing is traced */
  insert(kind: JobKind, subject: string, payload: unknown, nowMs: number, traceParent: string | null = null): Promise<JobRow> {
    const query = this.#sql.insertInto('jobs').values((expression) => ({
      id: newId('job'),
      number: expression.selectFrom('jobs').select(nextNumber),
      kind,
      state: 'queued',
      subject,
      payload: JSON.stringify(payload),
      created_at: nowMs,
      cancel_requested: 0,
      trace_parent: traceParent,
    }));
    return query.returningAll().executeTakeFirstOrThrow();
  }

  get(id: string): Promise<JobRow | undefined> {
    return this.#sql.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
  }

  /** Newest first. */
  list({ state, kind, limit }: JobFilter): Promise<JobRow[]> {
    let query = this.#sql.selectFrom('jobs').selectAll().orderBy('number', 'desc').limit(limit);
    if (state !== undefined) query = query.where('state', '=', state);
    if (kind !== undefined) query = query.where('kind', '=', kind);
    return query.execute();
  }

  async countByState(): Promise<Partial<Record<JobState, number>>> {
    const query = this.#sql.selectFrom('jobs').select(({ fn }) => ['state', fn.countAll<number>().as('count')]);
    const rows = await query.groupBy('state').execute();
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  /** Takes the oldest job that waits, or answers undefined. */
  startNext(nowMs: number): Promise<JobRow | undefined> {
    return this.#sql
      .updateTable('jobs')
      .set({ state: 'running', started_at: nowMs, progress: null, server_id: this.#serverId })
      .where('id', 'in', (expression) =>
        expression.selectFrom('jobs').select('id').where('state', '=', 'queued').orderBy('number').limit(1),
      )
      .where('state', '=', 'queued')
      .returningAll()
      .executeTakeFirst();
  }

  async saveProgress(id: string, progress: Progress): Promise<void> {
    const change = { progress: JSON.stringify(progress) };
    await this.#mine(id).set(change).execute();
  }

  /** What another server runs by now is that one's to end. @returns false when the job was not in the state `from` any more */
  async end(id: string, from: JobState, end: JobEnd, nowMs: number): Promise<boolean> {
    const change = { state: end.state, result: jsonOrNull(end.result), error: jsonOrNull(end.error), ended_at: nowMs };
    return this.#sql.transaction().execute(async (transaction) => {
      const asked = transaction.updateTable('jobs').set(change).where('id', '=', id).where('state', '=', from);
      const own = from === 'running' ? asked.where('server_id', '=', this.#serverId) : asked;
      const row = await own.returning(['id', 'kind', 'subject']).executeTakeFirst();
      if (row !== undefined) await noteJobEnded(transaction, row, end, nowMs);
      return row !== undefined;
    });
  }

  /** Asks the server that runs it. */
  async requestCancel(id: string): Promise<void> {
    await this.#sql.updateTable('jobs').set({ cancel_requested: 1 }).where('id', '=', id).where('state', '=', 'running').execute();
  }

  /** What this server ran when it died is to run again. @returns how many */
  requeueOwn(): Promise<number> {
    return this.#requeue((jobs) => jobs.where((is) => is.or([is('server_id', '=', this.#serverId), is('server_id', 'is', null)])));
  }

  /** The same of servers that are not there any more. @returns how many */
  requeueOfGone(): Promise<number> {
    return this.#requeue((jobs) => jobs.where('server_id', 'not in', (servers) => servers.selectFrom('servers').select('servers.id')));
  }

  async requeue(id: string): Promise<void> {
    await this.#mine(id).set({ state: 'queued', started_at: null }).execute();
  }

  /** Of these, those that this server runs; true: it is to cancel it. */
  async ownAmong(ids: readonly string[]): Promise<ReadonlyMap<string, boolean>> {
    if (ids.length === 0) return new Map();
    const query = this.#sql.selectFrom('jobs').select(['id', 'cancel_requested']).where('id', 'in', ids);
    const rows = await query.where('state', '=', 'running').where('server_id', '=', this.#serverId).execute();
    return new Map(rows.map((row) => [row.id, row.cancel_requested === 1]));
  }

  #mine(id: string) {
    return this.#sql.updateTable('jobs').where('id', '=', id).where('state', '=', 'running').where('server_id', '=', this.#serverId);
  }

  async #requeue(which: (jobs: RunningJobs) => RunningJobs): Promise<number> {
    const running = this.#sql.updateTable('jobs').set({ state: 'queued', started_at: null }).where('state', '=', 'running');
    return Number((await which(running).executeTakeFirst()).numUpdatedRows);
  }
}

type RunningJobs = UpdateQueryBuilder<Tables, 'jobs', 'jobs', UpdateResult>;

export interface JobEnd {
  readonly state: 'succeeded' | 'failed' | 'cancelled';
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly error: ErrorBody | null;
}

export function asJob(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    subject: row.subject,
    progress: row.progress === null ? null : Progress.parse(JSON.parse(row.progress)),
    result: row.result === null ? null : Result.parse(JSON.parse(row.result)),
    error: row.error === null ? null : ErrorBody.parse(JSON.parse(row.error)),
    createdAt: isoTime(row.created_at),
    startedAt: isoTimeOrNull(row.started_at),
    endedAt: isoTimeOrNull(row.ended_at),
  };
}

function jsonOrNull(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
