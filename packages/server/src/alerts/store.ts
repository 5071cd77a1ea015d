/** Alerts in the database. When they are raised and cleared: look.ts. */
import { AlertFigure, OstlerError, type Alert, type AlertKind, type AlertQuery } from '@ostler/contract';
import type { Sight } from '../access/rights.ts';
import { within } from '../access/visible.ts';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import { noteAlert } from '../deployments/note-deployment.ts';
import type { Queries } from '../devices/store.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';

export type AlertRow = Tables['alerts'];

/** Of a deployment: one whose figures are near a threshold raises and clears an alert again and again. */
const keptCleared = 100;

/** Newest first; those of deployments within the sight. */
export async function listAlerts(sql: Queries, { state, deploymentId, limit }: AlertQuery, sight: Sight): Promise<Alert[]> {
  let query = namedAlerts(sql).orderBy('raised_at', 'desc').orderBy('alerts.id').limit(limit).where(within(sight, 'alerts.deployment_id'));
  if (state === 'open') query = query.where('cleared_at', 'is', null);
  if (deploymentId !== undefined) query = query.where('deployment_id', '=', deploymentId);
  return (await query.execute()).map(asAlert);
}

/** Who acknowledged it first stays. @throws OstlerError NOT_FOUND */
export async function acknowledgeAlert(
  sql: Queries,
  { id, alertId }: { readonly id: string; readonly alertId: string },
  { by, nowMs }: { readonly by: string; readonly nowMs: number },
): Promise<Alert> {
  await sql
    .updateTable('alerts')
    .set({ acknowledged_at: nowMs, acknowledged_by: by })
    .where('id', '=', alertId)
    .where('deployment_id', '=', id)
    .where('acknowledged_at', 'is', null)
    .execute();
  const row = await namedAlerts(sql).where('alerts.id', '=', alertId).where('deployment_id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'alert', id: alertId });
  return asAlert(row);
}

export async function openAlerts(sql: Queries, deploymentId: string): Promise<Map<AlertKind, AlertRow>> {
  const rows = await sql
    .selectFrom('alerts')
    .selectAll()
    .where('deployment_id', '=', deploymentId)
    .where('cleared_at', 'is', null)
    .execute();
  return new Map(rows.map((row) => [row.kind, row]));
}

/** Where it is raised already, by another server just now, that one stays. Call it inside a transaction. @returns whether it was raised */
export async function raiseAlert(
  sql: Queries,
  { deploymentId, kind, figure }: { readonly deploymentId: string; readonly kind: AlertKind; readonly figure: AlertFigure },
  nowMs: number,
): Promise<boolean> {
  const id = newId('alert');
  const raised = { id, deployment_id: deploymentId, kind, figure: JSON.stringify(figure), raised_at: nowMs };
  const inserted = await sql
    .insertInto('alerts')
    .values({ ...raised, acknowledged_at: null, acknowledged_by: null, cleared_at: null })
    .onConflict((conflict) => conflict.columns(['deployment_id', 'kind']).where('cleared_at', 'is', null).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) return false;
  await noteAlert(sql, 'deployment.alert-raised', { deploymentId, alert: { id, kind, ...figure }, nowMs });
  return true;
}

/** Call it inside a transaction. @returns whether it was this that cleared it */
export async function clearAlert(
  sql: Queries,
  { id, deployment_id: deploymentId, kind, figure }: AlertRow,
  nowMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await sql
    .updateTable('alerts')
    .set({ cleared_at: nowMs })
    .where('id', '=', id)
    .where('cleared_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await forgetOldest(sql, deploymentId);
  await noteAlert(sql, 'deployment.alert-cleared', { deploymentId, alert: { id, kind, ...figureOf(figure) }, nowMs });
  return true;
}

async function forgetOldest(sql: Queries, deploymentId: string): Promise<void> {
  const cleared = sql.selectFrom('alerts').select('id').where('deployment_id', '=', deploymentId).where('cleared_at', 'is not', null);
  await sql
    .deleteFrom('alerts')
    .where('deployment_id', '=', deploymentId)
    .where('cleared_at', 'is not', null)
    .where('id', 'not in', cleared.orderBy('cleared_at', 'desc').orderBy('id').limit(keptCleared))
    .execute();
}

function namedAlerts(sql: Queries) {
  return sql
    .selectFrom('alerts')
    .innerJoin('deployments', 'deployments.id', 'alerts.deployment_id')
    .innerJoin('task_sequences', 'task_sequences.id', 'deployments.task_sequence_id')
    .innerJoin('collections', 'collections.id', 'deployments.collection_id')
    .selectAll('alerts')
    .select(['task_sequences.name as task_sequence_name', 'collections.name as collection_name']);
}

function figureOf(json: string): AlertFigure {
  return AlertFigure.parse(JSON.parse(json));
}

function asAlert(row: AlertRow & { readonly task_sequence_name: string; readonly collection_name: string }): Alert {
  const acknowledgedAt = isoTimeOrNull(row.acknowledged_at);
  return {
    id: row.id,
    deploymentId: row.deployment_id,
    taskSequenceName: row.task_sequence_name,
    collectionName: row.collection_name,
    kind: row.kind,
    ...figureOf(row.figure),
    raisedAt: isoTime(row.raised_at),
    acknowledged: acknowledgedAt === null ? null : { at: acknowledgedAt, by: row.acknowledged_by ?? '' },
    clearedAt: isoTimeOrNull(row.cleared_at),
  };
}
