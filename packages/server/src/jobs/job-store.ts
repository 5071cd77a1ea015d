/** Rows of jobs. Which may run when is job-runner.ts. */
import { ErrorBody, Progress, type Job, type JobKind, type JobState } from '@ostler/contract';
import { sql as raw, type Selectable } from 'kysely';
import { z } from 'zod';
import type { SiteTables } from '../accounts/tables.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';

export type JobRow = Selectable<SiteTables['jobs']>;
export type JobStore = ReturnType<typeof createJobStore>;

const Result = z.record(z.string(), z.unknown());

export function createJobStore({ sql }: Database) {
  return {
    insert: (kind: JobKind, subject: string, payload: unknown, nowMs: number): Promise<JobRow> =>
      sql
        .insertInto('jobs')
        .values(({ selectFrom, fn, val }) => ({
          id: newId('job'),
          number: selectFrom('jobs').select(() => raw<number>`${fn.coalesce(fn.max('number'), val(0))} + 1`.as('next')),
          kind,
          state: 'queued',
          subject,
          payload: JSON.stringify(payload),
          created_at: nowMs,
        }))
        .returningAll()
        .executeTakeFirstOrThrow(),
    get: (id: string): Promise<JobRow | undefined> => sql.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst(),
    list: (filter: {
      readonly state?: JobState | undefined;
      readonly kind?: JobKind | undefined;
      readonly limit: number;
    }): Promise<JobRow[]> => {
      let query = sql.selectFrom('jobs').selectAll().orderBy('number', 'desc').limit(filter.limit);
      if (filter.state !== undefined) query = query.where('state', '=', filter.state);
      if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
      return query.execute();
    },
    countByState: async (): Promise<Partial<Record<JobState, number>>> => {
      const rows = await sql
        .selectFrom('jobs')
        .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
        .groupBy('state')
        .execute();
      return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
    },
    /** Takes the oldest job that waits, or answers undefined. */
    startNext: (nowMs: number): Promise<JobRow | undefined> =>
      sql
        .updateTable('jobs')
        .set({ state: 'running', started_at: nowMs, progress: null })
        .where('id', 'in', ({ selectFrom }) => selectFrom('jobs').select('id').where('state', '=', 'queued').orderBy('number').limit(1))
        .where('state', '=', 'queued')
        .returningAll()
        .executeTakeFirst(),
    saveProgress: async (id: string, progress: Progress) => {
      await sql
        .updateTable('jobs')
        .set({ progress: JSON.stringify(progress) })
        .where('id', '=', id)
        .where('state', '=', 'running')
        .execute();
    },
    /** @returns false when the job was not in one of the states `from` any more */
    end: async (id: string, from: readonly JobState[], end: JobEnd, nowMs: number): Promise<boolean> => {
      const { numUpdatedRows } = await sql
        .updateTable('jobs')
        .set({ state: end.state, result: jsonOrNull(end.result), error: jsonOrNull(end.error), ended_at: nowMs })
        .where('id', '=', id)
        .where('state', 'in', from)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    /** What ran when the server stopped or died is to run again. @returns how many */
    requeueRunning: async (): Promise<number> => {
      const { numUpdatedRows } = await sql
        .updateTable('jobs')
        .set({ state: 'queued', started_at: null })
        .where('state', '=', 'running')
        .executeTakeFirst();
      return Number(numUpdatedRows);
    },
    requeue: async (id: string) => {
      await sql
        .updateTable('jobs')
        .set({ state: 'queued', started_at: null })
        .where('id', '=', id)
        .where('state', '=', 'running')
        .execute();
    },
  };
}

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
