/** Pausing deployments: by hand, or by themselves when too many runs fail. */
import type { Deployment, DeploymentPause, FailureThreshold } from '@ostler/contract';
import { sql as raw } from 'kysely';
import type { Queries } from '../devices/store.ts';
import { cancelRun } from '../runs/cancel-run.ts';
import { notePaused } from './note-deployment.ts';
import { getDeployment, thresholdOf, type DeploymentRow } from './store.ts';

/** One that is paused already keeps who paused it, and why. Call it inside a transaction. @throws OstlerError NOT_FOUND */
export async function pauseDeployment(sql: Queries, id: string, pause: DeploymentPause): Promise<Deployment> {
  const { numUpdatedRows } = await sql
    .updateTable('deployments')
    .set({ paused: JSON.stringify(pause) })
    .where('id', '=', id)
    .where('paused', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await notePaused(sql, id, pause);
  return getDeployment(sql, id);
}

/** What has failed until now counts no more. @throws OstlerError NOT_FOUND */
export async function resumeDeployment(sql: Queries, id: string, nowMs: number): Promise<Deployment> {
  await sql.updateTable('deployments').set({ paused: null, counted_from: nowMs }).where('id', '=', id).execute();
  return getDeployment(sql, id);
}

/** @returns how many runs were told to end */
export async function cancelRunsOf(sql: Queries, deploymentId: string, nowMs: number): Promise<number> {
  const running = await sql
    .selectFrom('runs')
    .select('id')
    .where('deployment_id', '=', deploymentId)
    .where('state', '=', 'running')
    .execute();
  for (const { id } of running) await cancelRun(sql, id, nowMs);
  return running.length;
}

/**
 * Looks at a deployment of which a run has just failed. Call it inside the transaction that ends the run.
 * @returns why it has paused itself; null: it has not
 */
export async function pauseIfFailing(sql: Queries, deploymentId: string, nowMs: number): Promise<string | null> {
  const row = await sql.selectFrom('deployments').selectAll().where('id', '=', deploymentId).executeTakeFirst();
  const threshold = row === undefined ? null : thresholdOf(row);
  if (row === undefined || row.paused !== null || threshold === null) return null;
  const ended = await countEnded(sql, row);
  if (!isThresholdPassed(threshold, ended)) return null;
  const { failed, all } = ended;
  const reason = `${failed} of ${all} runs have failed: ${threshold.failures} or more, and over ${threshold.percent} %`;
  await pauseDeployment(sql, deploymentId, { at: new Date(nowMs).toISOString(), by: null, reason });
  return reason;
}

/** Of a deployment since it was made or last resumed. */
export interface EndedRuns {
  readonly failed: number;
  /** Those that were cancelled do not count. */
  readonly all: number;
}

export async function countEnded(sql: Queries, { id, counted_from }: Pick<DeploymentRow, 'id' | 'counted_from'>): Promise<EndedRuns> {
  const ended = await sql
    .selectFrom('runs')
    .select(['state', raw<number>`count(*)`.as('count')])
    .where('deployment_id', '=', id)
    .where('state', 'in', ['succeeded', 'failed'])
    .where('ended_at', '>=', counted_from)
    .groupBy('state')
    .execute();
  const failed = ended.find(({ state }) => state === 'failed')?.count ?? 0;
  return { failed, all: ended.reduce((sum, { count }) => sum + count, 0) };
}

export function isThresholdPassed({ failures, percent }: FailureThreshold, { failed, all }: EndedRuns): boolean {
  return failed >= failures && failed * 100 > percent * all;
}
