/** How long steps took, from what count-runs.ts has counted: of a deployment, a task sequence or the fleet, in a period. */
import type { Tables } from '../../database/tables.ts';
import type { Queries } from '../../devices/store.ts';
import type { StepCount } from './count-steps.ts';
import { countOf, mergeInto, percentilesOf, takeFrom, unpackHistogram, type Histogram } from './histogram.ts';
import { outOfSight, type SightQuestion } from './out-of-sight.ts';

type Row = Tables['step_histories'];

/** In days since 1970, UTC, both with it. */
export interface StepTimesQuestion extends SightQuestion {
  readonly step: string | undefined;
  readonly groupedBy: Row['grouped_by'];
}

/** Durations in milliseconds, of the tries that succeeded; null where none did. */
export interface StepTimes {
  readonly step: string;
  readonly group: string;
  readonly place: string;
  readonly succeeded: number;
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p95Ms: number | null;
  readonly averageMs: number | null;
  readonly longestMs: number | null;
  readonly totalMs: number;
}

/** In the order of their places in the task sequence. An account that does not see every computer gets the times of those that it sees. */
export async function readStepTimes(sql: Queries, question: StepTimesQuestion): Promise<StepTimes[]> {
  const sums = new Map<string, Sum>();
  const { counts, isMixed } = await outOfSight(sql, question);
  for (const row of await readRows(sql, question)) if (!isMixed(row)) addRow(sums, row);
  for (const count of counts) if (count.grouped_by === question.groupedBy && !isMixed(count)) takeOff(sums, count);
  const times = [...sums.values()].map(asStepTimes).filter(({ succeeded, failed }) => succeeded + failed > 0);
  return times.toSorted((a, b) => compare(a.place, b.place) || compare(a.group, b.group));
}

type ReadRow = Pick<Row, 'deployment_id' | 'day' | 'group_name' | 'step' | 'place' | 'failed' | 'total_ms' | 'longest_ms' | 'histogram'>;

async function readRows(sql: Queries, question: StepTimesQuestion): Promise<ReadRow[]> {
  const { deploymentId, taskSequenceId, step, groupedBy, firstDay, lastDay, within } = question;
  let query = sql
    .selectFrom('step_histories')
    .select(['deployment_id', 'day', 'group_name', 'step', 'place', 'failed', 'total_ms', 'longest_ms', 'histogram'])
    .where('grouped_by', '=', groupedBy)
    .where('day', '>=', firstDay)
    .where('day', '<=', lastDay)
    .where(within('step_histories.deployment_id'));
  if (deploymentId !== undefined) query = query.where('deployment_id', '=', deploymentId);
  if (taskSequenceId !== undefined) query = query.where('task_sequence_id', '=', taskSequenceId);
  if (step !== undefined) query = query.where('step', '=', step);
  return query.execute();
}

interface Sum {
  readonly step: string;
  readonly group: string;
  /** On the newest day, which this is. */
  place: string;
  day: number;
  failed: number;
  totalMs: number;
  longestMs: number;
  readonly histogram: Histogram;
}

/** In no order: to have the rows sorted by day takes the database longer than to find them. */
function addRow(sums: Map<string, Sum>, { step, group_name: group, day, place, failed, total_ms, longest_ms, histogram }: ReadRow): void {
  const key = `${step}\n${group}`;
  const sum = sums.get(key) ?? { step, group, place, day, failed: 0, totalMs: 0, longestMs: 0, histogram: new Map() };
  if (day >= sum.day) [sum.place, sum.day] = [place, day];
  sum.failed += failed;
  sum.totalMs += total_ms;
  sum.longestMs = Math.max(sum.longestMs, longest_ms);
  mergeInto(sum.histogram, unpackHistogram(histogram));
  sums.set(key, sum);
}

/** Which duration is the longest without it, only the histogram tells then: within its error. */
function takeOff(sums: Map<string, Sum>, { step, group_name: group, failed, total_ms, longest_ms, histogram }: StepCount): void {
  const sum = sums.get(`${step}\n${group}`);
  if (sum === undefined) return;
  sum.failed = Math.max(0, sum.failed - failed);
  sum.totalMs = Math.max(0, sum.totalMs - total_ms);
  takeFrom(sum.histogram, histogram);
  if (longest_ms >= sum.longestMs) sum.longestMs = percentilesOf(sum.histogram, [1])[0] ?? 0;
}

function asStepTimes({ step, group, place, failed, totalMs, longestMs, histogram }: Sum): StepTimes {
  const succeeded = countOf(histogram);
  const [p50Ms = null, p90Ms = null, p95Ms = null] = percentilesOf(histogram, [0.5, 0.9, 0.95]);
  const none = succeeded === 0;
  return {
    step,
    group,
    place,
    succeeded,
    failed,
    p50Ms,
    p90Ms,
    p95Ms,
    averageMs: none ? null : Math.round(totalMs / succeeded),
    longestMs: none ? null : longestMs,
    totalMs,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
