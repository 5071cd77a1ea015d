/** Notes that a deployment was paused, has finished, or has an alert, for those who are told of it. */
import type { DeploymentPause, EventData } from '@ostler/contract';
import { sql as raw, type SqlBool } from 'kysely';
import { isMemberOf } from '../collections/members.ts';
import type { Queries } from '../devices/store.ts';
import { isToldOf, recordEvent } from '../events/record-event.ts';

/** Call it inside the transaction that pauses it. */
export async function notePaused(sql: Queries, id: string, { at, by, reason }: DeploymentPause): Promise<void> {
  if (!(await isToldOf(sql, 'deployment.paused'))) return;
  const found = await namedDeployment(sql, id);
  if (found === undefined) return;
  const data = { deployment: factsOf(found), reason, by };
  await recordEvent(sql, 'deployment.paused', { data, nowMs: Date.parse(at), collectionId: found.collection_id });
}

/**
 * A required deployment has finished when its last computer has ended its run, whatever the result; where a computer runs it again, it
 * finishes again. Call it inside the transaction that ends a run.
 */
export async function noteIfFinished(sql: Queries, id: string, nowMs: number): Promise<void> {
  if (!(await isToldOf(sql, 'deployment.finished'))) return;
  const found = await namedDeployment(sql, id);
  if (found === undefined || found.purpose !== 'required' || (await isToRunSomewhere(sql, id, found.collection_id))) return;
  const ended = await sql
    .selectFrom('runs')
    .select(['state', raw<number>`count(*)`.as('count')])
    .where('deployment_id', '=', id)
    .where('newest', '=', 1)
    .groupBy('state')
    .execute();
  const count = (state: string): number => ended.find((each) => each.state === state)?.count ?? 0;
  const counts = { succeeded: count('succeeded'), failed: count('failed'), cancelled: count('cancelled') };
  await recordEvent(sql, 'deployment.finished', {
    data: { deployment: factsOf(found), ...counts },
    nowMs,
    collectionId: found.collection_id,
  });
}

/** Ends at the first computer that has not run it, and that is soon found until nearly all have. */
async function isToRunSomewhere(sql: Queries, deploymentId: string, collectionId: string): Promise<boolean> {
  const hasEnded = raw<SqlBool>`exists (select 1 from runs where runs.deployment_id = ${deploymentId} and runs.device_id = devices.id
    and runs.newest = 1 and runs.rerun_allowed = 0 and runs.state <> 'running')`;
  const first = await sql
    .selectFrom('devices')
    .select('id')
    .where(isMemberOf(collectionId))
    .where(raw<SqlBool>`not ${hasEnded}`)
    .limit(1)
    .executeTakeFirst();
  return first !== undefined;
}

/** An alert was raised or cleared. Call it inside the transaction in which it was. */
export async function noteAlert(
  sql: Queries,
  kind: 'deployment.alert-raised' | 'deployment.alert-cleared',
  {
    deploymentId,
    alert,
    nowMs,
  }: { readonly deploymentId: string; readonly alert: EventData<'deployment.alert-raised'>['alert']; readonly nowMs: number },
): Promise<void> {
  const found = await namedDeployment(sql, deploymentId);
  if (found === undefined) return;
  await recordEvent(sql, kind, { data: { deployment: factsOf(found), alert }, nowMs, collectionId: found.collection_id });
}

type Named = NonNullable<Awaited<ReturnType<typeof namedDeployment>>>;

function namedDeployment(sql: Queries, id: string) {
  return sql
    .selectFrom('deployments')
    .innerJoin('task_sequences', 'task_sequences.id', 'deployments.task_sequence_id')
    .innerJoin('collections', 'collections.id', 'deployments.collection_id')
    .select(['deployments.id', 'deployments.purpose', 'deployments.collection_id'])
    .select(['task_sequences.name as task_sequence_name', 'collections.name as collection_name'])
    .where('deployments.id', '=', id)
    .executeTakeFirst();
}

function factsOf({ id, task_sequence_name, collection_id, collection_name }: Named) {
  return { id, taskSequenceName: task_sequence_name, collectionId: collection_id, collectionName: collection_name };
}
