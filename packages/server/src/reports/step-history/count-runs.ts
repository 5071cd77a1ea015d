/**
 * Counts the steps of runs that have ended into `step_histories`, each message once, some runs at a time. Whoever deletes messages counts
 * them before; whoever asks for step times counts what has just ended.
 */
import { sql as raw } from 'kysely';
import type { Database } from '../../database/database.ts';
import type { Tables } from '../../database/tables.ts';
import type { Queries } from '../../devices/store.ts';
import { listMessages } from '../../runs/messages-store.ts';
import { countMessage, keyOfCount, type CountedRun, type StepCount } from './count-steps.ts';
import { mergeInto, packHistogram, unpackHistogram } from './histogram.ts';

/** So many runs at a time: it is what other requests wait for on SQLite. */
const batchRuns = 50;
/** Values of one statement, within what both databases take. */
const batchRows = 200;

type Row = Tables['step_histories'];
type DueRun = CountedRun & { readonly id: string };

/** @returns how many runs were counted; there may be more */
export async function countSomeRuns({ sql, dialect }: Database): Promise<number> {
  // Costs one look where nothing has ended.
  if ((await dueRuns(sql, 1)).length === 0) return 0;
  return sql.transaction().execute(async (transaction) => {
    // Two servers would count the same runs, and merge into the same rows. Readers do not wait.
    if (dialect === 'postgres') await raw`lock table step_histories in share row exclusive mode`.execute(transaction);
    const runs = await dueRuns(transaction, batchRuns);
    const cells = await countSteps(transaction, runs);
    await mergeStored(transaction, cells);
    await saveCells(transaction, cells);
    return runs.length;
  });
}

async function dueRuns(sql: Queries, limit: number): Promise<DueRun[]> {
  return sql
    .selectFrom('runs')
    .select(['id', 'deployment_id', 'task_sequence_id', 'model', 'site', 'counted_sequence', 'started_at', 'ended_at'])
    .where(raw<boolean>`count_due = 1`)
    .where('state', '!=', 'running')
    .orderBy('number')
    .limit(limit)
    .execute();
}

/** Marks the runs as counted. */
async function countSteps(sql: Queries, runs: readonly DueRun[]): Promise<Map<string, StepCount>> {
  const cells = new Map<string, StepCount>();
  for (const run of runs) {
    const messages = await listMessages(sql, run.id, { after: run.counted_sequence });
    for (const message of messages) countMessage(cells, run, message);
    const counted = { count_due: 0, counted_sequence: messages.at(-1)?.sequence ?? run.counted_sequence } as const;
    await sql.updateTable('runs').set(counted).where('id', '=', run.id).execute();
  }
  return cells;
}

async function mergeStored(sql: Queries, cells: ReadonlyMap<string, StepCount>): Promise<void> {
  const parts = Map.groupBy(cells.values(), ({ deployment_id, grouped_by, day }) => JSON.stringify([deployment_id, grouped_by, day]));
  for (const part of parts.values()) {
    const [first] = part;
    if (first === undefined) continue;
    const stored = await sql
      .selectFrom('step_histories')
      .selectAll()
      .where('deployment_id', '=', first.deployment_id)
      .where('grouped_by', '=', first.grouped_by)
      .where('day', '=', first.day)
      .where('group_name', 'in', [...new Set(part.map(({ group_name }) => group_name))])
      .execute();
    for (const row of stored) {
      const cell = cells.get(keyOfCount(row));
      if (cell === undefined) continue;
      cell.failed += row.failed;
      cell.total_ms += row.total_ms;
      cell.longest_ms = Math.max(cell.longest_ms, row.longest_ms);
      mergeInto(cell.histogram, unpackHistogram(row.histogram));
    }
  }
}

async function saveCells(sql: Queries, cells: ReadonlyMap<string, StepCount>): Promise<void> {
  const rows = [...cells.values()].map(({ histogram, ...row }): Row => ({ ...row, histogram: packHistogram(histogram) }));
  for (let from = 0; from < rows.length; from += batchRows) {
    await sql
      .insertInto('step_histories')
      .values(rows.slice(from, from + batchRows))
      .onConflict((conflict) =>
        conflict.columns(['deployment_id', 'grouped_by', 'day', 'group_name', 'step']).doUpdateSet((set) => ({
          place: set.ref('excluded.place'),
          failed: set.ref('excluded.failed'),
          total_ms: set.ref('excluded.total_ms'),
          longest_ms: set.ref('excluded.longest_ms'),
          histogram: set.ref('excluded.histogram'),
        })),
      )
      .execute();
  }
}
