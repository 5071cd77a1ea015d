/** What the messages of a run count to, by step, group and day. Pure: which messages are counted when is count-runs.ts. */
import type { StatusMessage } from '@ostler/contract';
import type { Tables } from '../../database/tables.ts';
import { dayMs } from '../period.ts';
import { addDuration, type Histogram } from './histogram.ts';

type Row = Tables['step_histories'];
export type CountedRun = Pick<
  Tables['runs'],
  'deployment_id' | 'task_sequence_id' | 'model' | 'site' | 'counted_sequence' | 'started_at' | 'ended_at'
>;
/** A row of the histories while it is counted. */
export interface StepCount extends Omit<Row, 'histogram'> {
  readonly histogram: Histogram;
}

/** Adds a message to the counts; `keyOfCount` has their keys. */
export function countMessage(
  counts: Map<string, StepCount>,
  run: CountedRun,
  { kind, stepName, path, durationMs }: Pick<StatusMessage, 'kind' | 'stepName' | 'path' | 'durationMs'>,
): void {
  if (kind !== 'step-succeeded' && kind !== 'step-failed') return;
  const place = path.map((part) => String(part).padStart(4, '0')).join('.');
  for (const [grouped_by, group_name] of [
    ['all', ''],
    ['model', run.model],
    ['site', run.site ?? ''],
  ] as const) {
    const count = countOfStep(counts, run, { grouped_by, group_name, step: stepName, place });
    if (kind === 'step-failed') count.failed += 1;
    else if (durationMs !== null) {
      addDuration(count.histogram, durationMs);
      count.total_ms += Math.round(durationMs);
      count.longest_ms = Math.max(count.longest_ms, Math.round(durationMs));
    }
  }
}

export function keyOfCount({ deployment_id, grouped_by, day, group_name, step }: Omit<Row, 'histogram'>): string {
  return JSON.stringify([deployment_id, grouped_by, day, group_name, step]);
}

function countOfStep(
  counts: Map<string, StepCount>,
  run: CountedRun,
  of: Pick<Row, 'grouped_by' | 'group_name' | 'step' | 'place'>,
): StepCount {
  const day = Math.floor((run.ended_at ?? run.started_at) / dayMs);
  const made: StepCount = {
    deployment_id: run.deployment_id,
    task_sequence_id: run.task_sequence_id,
    day,
    ...of,
    failed: 0,
    total_ms: 0,
    longest_ms: 0,
    histogram: new Map(),
  };
  const found = counts.get(keyOfCount(made));
  if (found === undefined) counts.set(keyOfCount(made), made);
  else found.place = of.place;
  return found ?? made;
}
