/**
 * Deletes what is older than the site keeps, some at a time. What runs is never touched: only what has ended, in one transaction with the look at
 * it. Of messages the steps are counted before (reports/step-history), of run records the outcome, so that percentiles and trends stay. Each
 * batch leaves everything as if it were the last one.
 */
import { sql as raw, type RawBuilder, type SqlBool } from 'kysely';
import type { Database } from '../database/database.ts';
import type { Queries } from '../devices/store.ts';
import { dayMs } from '../reports/period.ts';

/** So much at a time: it is what other requests wait for on SQLite. */
const batchRuns = 50;
const batchRows = 1000;

/** How much a batch deleted; 0: there was nothing more. */
type Deleted = number;

/** @returns of how many runs the messages were deleted */
export function deleteMessages(database: Database, beforeMs: number): Promise<Deleted> {
  return database.sql.transaction().execute(async (sql) => {
    const ids = await endedRuns(sql, database, beforeMs, raw`messages_deleted = 0 and count_due = 0`);
    if (ids.length === 0) return 0;
    await sql.deleteFrom('run_messages').where('run_id', 'in', ids).execute();
    // A run that goes on numbers its messages from the beginning.
    await sql.updateTable('runs').set({ messages_deleted: 1, counted_sequence: 0 }).where('id', 'in', ids).execute();
    return ids.length;
  });
}

/** @param remove deletes the log of a run; one that is not there is no error */
export function deleteLogs(database: Database, beforeMs: number, remove: (runId: string) => Promise<void>): Promise<Deleted> {
  return database.sql.transaction().execute(async (sql) => {
    const ids = await endedRuns(sql, database, beforeMs, raw`log_deleted = 0`);
    for (const id of ids) await remove(id);
    if (ids.length > 0) await sql.updateTable('runs').set({ log_deleted: 1 }).where('id', 'in', ids).execute();
    return ids.length;
  });
}

/** With what they have left: messages, the debugger's commands, what was typed for them, their log. */
export function deleteRuns(database: Database, beforeMs: number, remove: (runId: string) => Promise<void>): Promise<Deleted> {
  return database.sql.transaction().execute(async (sql) => {
    const ids = await endedRuns(sql, database, beforeMs, isDispensable);
    if (ids.length === 0) return 0;
    await keepOutcomes(sql, ids);
    for (const id of ids) await remove(id);
    await sql.deleteFrom('variables').where('owner_kind', '=', 'run').where('owner_id', 'in', ids).execute();
    await sql.deleteFrom('runs').where('id', 'in', ids).execute();
    return ids.length;
  });
}

export function deleteInventoryChanges(database: Database, beforeMs: number): Promise<Deleted> {
  return deleteOldest(database.sql, raw`device_inventory_changes`, raw`device_id, number`, raw`at < ${beforeMs}`);
}

export async function deleteStatistics(database: Database, beforeMs: number): Promise<Deleted> {
  const old = raw<SqlBool>`day < ${Math.floor(beforeMs / dayMs)}`;
  const key = raw`deployment_id, grouped_by, day, group_name, step`;
  const steps = await deleteOldest(database.sql, raw`step_histories`, key, old);
  return steps + (await deleteOldest(database.sql, raw`run_days`, raw`day, deployment_id, task_sequence_id, state`, old));
}

/**
 * Whether a run record may go: no deployment counts it (a required one would run again on its computer), and its computer is gone or has
 * succeeded since, so that its last run and what is installed stay known.
 */
const isDispensable = raw<SqlBool>`count_due = 0
  and (newest = 0 or not exists (select 1 from deployments where deployments.id = runs.deployment_id))
  and (not exists (select 1 from devices where devices.id = runs.device_id)
    or exists (select 1 from runs as later where later.device_id = runs.device_id and later.number > runs.number and later.state = 'succeeded'))`;

/** The oldest first. On PostgreSQL nobody lets one of them go on meanwhile; SQLite has one transaction at a time. */
async function endedRuns(sql: Queries, { dialect }: Database, beforeMs: number, which: RawBuilder<SqlBool>): Promise<string[]> {
  const lock = dialect === 'postgres' ? raw`for update of runs` : raw``;
  const { rows } = await raw<{ id: string }>`select id from runs
    where state <> 'running' and ended_at < ${beforeMs} and ${which} order by ended_at limit ${batchRuns} ${lock}`.execute(sql);
  return rows.map(({ id }) => id);
}

async function keepOutcomes(sql: Queries, ids: readonly string[]): Promise<void> {
  await raw`insert into run_days (day, deployment_id, task_sequence_id, state, count, total_ms)
    select ended_at / ${raw.lit(dayMs)}, deployment_id, task_sequence_id, state, count(*), cast(sum(ended_at - started_at) as bigint)
    from runs where id in (${raw.join(ids)}) group by 1, 2, 3, 4
    on conflict (day, deployment_id, task_sequence_id, state)
    do update set count = run_days.count + excluded.count, total_ms = run_days.total_ms + excluded.total_ms`.execute(sql);
}

async function deleteOldest(
  sql: Queries,
  table: RawBuilder<unknown>,
  key: RawBuilder<unknown>,
  old: RawBuilder<unknown>,
): Promise<Deleted> {
  const { numAffectedRows } = await raw`delete from ${table}
    where (${key}) in (select ${key} from ${table} where ${old} limit ${batchRows})`.execute(sql);
  return Number(numAffectedRows ?? 0n);
}
