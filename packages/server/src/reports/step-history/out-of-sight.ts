/**
 * Runs of computers that an account limited to collections does not see, or not any more: what they were counted with in the step histories. These
 * name no computers, so it is found in the runs' messages again, and taken off. Where the messages are gone too, a deployment's whole day is.
 */
import { sql as raw, type RawBuilder, type SqlBool } from 'kysely';
import type { Sight } from '../../access/rights.ts';
import { devicesWithin, reachesEveryDevice } from '../../access/visible.ts';
import type { Queries } from '../../devices/store.ts';
import { listMessages } from '../../runs/messages-store.ts';
import { dayMs } from '../period.ts';
import { countMessage, type CountedRun, type StepCount } from './count-steps.ts';

export interface SightQuestion {
  readonly deploymentId: string | undefined;
  readonly taskSequenceId: string | undefined;
  readonly firstDay: number;
  readonly lastDay: number;
  /** For the `where`: the deployment in this column is one that the account may see. */
  readonly within: (column: string) => RawBuilder<SqlBool>;
  readonly sight: Sight;
}

export interface OutOfSight {
  /** To be taken off. */
  readonly counts: readonly StepCount[];
  /** Whether it cannot be told any more which of what was counted for a deployment on a day is of computers that the account may see. */
  readonly isMixed: (of: { readonly deployment_id: string; readonly day: number }) => boolean;
}

const nothing: OutOfSight = { counts: [], isMixed: () => false };

export async function outOfSight(sql: Queries, question: SightQuestion): Promise<OutOfSight> {
  if (reachesEveryDevice(question.sight)) return nothing;
  const mixed = new Set((await deletedDays(sql, question)).map(keyOf));
  const counts = new Map<string, StepCount>();
  for (const { messages_deleted, ...run } of await foreignRuns(sql, question)) {
    if (messages_deleted === 1) mixed.add(keyOf({ deployment_id: run.deployment_id, day: dayOf(run) }));
    else for (const message of await listMessages(sql, run.id, { through: run.counted_sequence })) countMessage(counts, run, message);
  }
  return { counts: [...counts.values()], isMixed: (of) => mixed.has(keyOf(of)) };
}

/** Of runs that are deleted nobody knows any more which computers they were on. */
function deletedDays(sql: Queries, { firstDay, lastDay, within }: SightQuestion) {
  return sql
    .selectFrom('run_days')
    .select(['deployment_id', 'day'])
    .distinct()
    .where('day', '>=', firstDay)
    .where('day', '<=', lastDay)
    .where(within('run_days.deployment_id'))
    .execute();
}

/** One that was begun again after it was counted has not ended, and counts as well. */
function foreignRuns(sql: Queries, { deploymentId, taskSequenceId, firstDay, lastDay, within, sight }: SightQuestion) {
  let query = sql
    .selectFrom('runs')
    .select(['id', 'deployment_id', 'task_sequence_id', 'model', 'site', 'counted_sequence', 'started_at', 'ended_at', 'messages_deleted'])
    .where(
      raw<SqlBool>`(ended_at >= ${firstDay * dayMs} and ended_at < ${(lastDay + 1) * dayMs} or ended_at is null and counted_sequence > 0)`,
    )
    .where(within('runs.deployment_id'))
    .where(raw<SqlBool>`not (${devicesWithin(sight, 'runs.device_id')})`);
  if (deploymentId !== undefined) query = query.where('deployment_id', '=', deploymentId);
  if (taskSequenceId !== undefined) query = query.where('task_sequence_id', '=', taskSequenceId);
  return query.execute();
}

function dayOf({ started_at, ended_at }: CountedRun): number {
  return Math.floor((ended_at ?? started_at) / dayMs);
}

function keyOf({ deployment_id, day }: { readonly deployment_id: string; readonly day: number }): string {
  return `${deployment_id} ${day}`;
}
