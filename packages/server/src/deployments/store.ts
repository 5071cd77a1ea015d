/** Deployments in the database. Which of them apply to a device: offered.ts. */
import {
  AlertThresholds,
  DeploymentPause,
  DeploymentSchedule,
  FailureThreshold,
  OstlerError,
  type AvailableTo,
  type CreateDeployment,
  type Deployment,
  type UpdateDeployment,
} from '@ostler/contract';
import type { z } from 'zod';
import { getCollection } from '../collections/store.ts';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import type { Queries } from '../devices/store.ts';
import { isoTime } from '../iso-time.ts';
import { requirePreDownloadable } from '../pre-download/require-pre-downloadable.ts';
import { forgetPreDownloads } from '../pre-download/store.ts';
import { getTaskSequence } from '../task-sequences/store.ts';
import { obstacleOf, StartFields } from './obstacle.ts';
import { requireSchedule } from './times.ts';

export type DeploymentRow = Tables['deployments'];
export type NamedDeployment = DeploymentRow & {
  readonly task_sequence_name: string;
  readonly collection_name: string;
  /** Of the version that it deploys now. */
  readonly definition: string;
};

export async function listDeployments(sql: Queries): Promise<Deployment[]> {
  return (await namedDeployments(sql).orderBy('deployments.created_at', 'desc').execute()).map(asDeployment);
}

/** @throws OstlerError NOT_FOUND */
export async function getDeployment(sql: Queries, id: string): Promise<Deployment> {
  const row = await namedDeployments(sql).where('deployments.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'deployment', id });
  return asDeployment(row);
}

/**
 * A disabled task sequence can be deployed: it is offered once it is enabled.
 * @throws OstlerError NOT_FOUND for a task sequence, version or collection that is not there; DEPLOYMENT_CANNOT_START;
 * DEPLOYMENT_SCHEDULE_INVALID, RECURRENCE_INVALID, PRE_DOWNLOAD_USELESS
 */
export async function createDeployment(
  sql: Queries,
  body: CreateDeployment,
  { nowMs, confirmedBy }: { readonly nowMs: number; readonly confirmedBy: string | null },
): Promise<Deployment> {
  const availableTo = await requireDeployable(sql, body);
  const id = newId('deployment');
  await sql
    .insertInto('deployments')
    .values({
      id,
      task_sequence_id: body.taskSequenceId,
      task_sequence_version: body.taskSequenceVersion,
      collection_id: body.collectionId,
      purpose: body.purpose,
      available_to: availableTo,
      paused: null,
      failure_threshold: orNull(body.failureThreshold),
      alerts: keptAlerts(body.alerts),
      success_looked_at: 0,
      counted_from: nowMs,
      debug: body.debug ? 1 : 0,
      schedule: JSON.stringify(body.schedule),
      rerun: body.rerun,
      override_windows: body.overrideMaintenanceWindows ? 1 : 0,
      restart_outside_windows: (body.restartOutsideWindows ?? body.overrideMaintenanceWindows) ? 1 : 0,
      pre_download: body.preDownload ? 1 : 0,
      priority: body.priority,
      confirmed_by: confirmedBy,
      created_at: nowMs,
    })
    .execute();
  return getDeployment(sql, id);
}

/** @returns who it is made available to @throws OstlerError as createDeployment */
export async function requireDeployable(sql: Queries, body: CreateDeployment): Promise<AvailableTo> {
  const { name, definition } = await getTaskSequence(sql, body.taskSequenceId, body.taskSequenceVersion);
  const availableTo = body.availableTo ?? (definition.startsIn === 'installed-os' ? 'clients' : 'media-and-network-boot');
  const reason = obstacleOf({ ...definition, enabled: true }, availableTo);
  if (reason !== null) throw new OstlerError('DEPLOYMENT_CANNOT_START', { name, reason });
  await getCollection(sql, body.collectionId);
  requireSchedule(name, body);
  if (body.preDownload) await requirePreDownloadable(sql, { ...body, availableTo });
  return availableTo;
}

/** What runs goes on. @throws OstlerError NOT_FOUND, DEPLOYMENT_SCHEDULE_INVALID, RECURRENCE_INVALID, PRE_DOWNLOAD_USELESS */
export async function updateDeployment(sql: Queries, id: string, change: z.output<typeof UpdateDeployment>): Promise<Deployment> {
  const before = await getDeployment(sql, id);
  const after: Deployment = { ...before, ...Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) };
  requireSchedule(before.taskSequenceName, after);
  if (after.preDownload && !before.preDownload) await requirePreDownloadable(sql, after);
  if (!after.preDownload) await forgetPreDownloads(sql, id);
  await sql
    .updateTable('deployments')
    .set({
      schedule: JSON.stringify(after.schedule),
      rerun: after.rerun,
      priority: after.priority,
      override_windows: after.overrideMaintenanceWindows ? 1 : 0,
      restart_outside_windows: after.restartOutsideWindows ? 1 : 0,
      pre_download: after.preDownload ? 1 : 0,
      failure_threshold: orNull(after.failureThreshold),
      ...(change.alerts === undefined ? {} : { alerts: keptAlerts(change.alerts) }),
      // Another threshold, or its time by another clock, is looked at anew.
      ...(change.alerts !== undefined || after.schedule.timeZone !== before.schedule.timeZone ? { success_looked_at: 0 } : {}),
    })
    .where('id', '=', id)
    .execute();
  return getDeployment(sql, id);
}

/** Its runs stay as history. @throws OstlerError NOT_FOUND, IN_USE */
export async function deleteDeployment(sql: Queries, id: string): Promise<void> {
  const { taskSequenceName } = await getDeployment(sql, id);
  const running = await sql
    .selectFrom('runs')
    .select('device_name')
    .where('deployment_id', '=', id)
    .where('state', '=', 'running')
    .execute();
  if (running.length > 0) {
    const users = running.map((run) => `the run on ${run.device_name}`).join(', ');
    throw new OstlerError('IN_USE', { kind: 'deployment of', name: taskSequenceName, users });
  }
  await sql.deleteFrom('deployments').where('id', '=', id).execute();
}

export function namedDeployments(sql: Queries) {
  return sql
    .selectFrom('deployments')
    .innerJoin('task_sequences', 'task_sequences.id', 'deployments.task_sequence_id')
    .innerJoin('collections', 'collections.id', 'deployments.collection_id')
    .innerJoin('task_sequence_versions', (join) =>
      join
        .onRef('task_sequence_versions.task_sequence_id', '=', 'deployments.task_sequence_id')
        .on((on) =>
          on('task_sequence_versions.version', '=', on.fn.coalesce('deployments.task_sequence_version', 'task_sequences.version')),
        ),
    )
    .selectAll('deployments')
    .select(['task_sequences.name as task_sequence_name', 'collections.name as collection_name', 'task_sequence_versions.definition']);
}

/** @param availableTo those it is looked at for; by itself all that it is made available to */
export function obstacleNow({ definition, available_to }: NamedDeployment, availableTo: AvailableTo = available_to): string | null {
  return obstacleOf(StartFields.parse(JSON.parse(definition)), availableTo);
}

/** How much of a maintenance window it needs. */
export function maxRunTimeMsOf({ definition }: NamedDeployment): number {
  return StartFields.parse(JSON.parse(definition)).maximumRunTimeMinutes * 60_000;
}

export function scheduleOf({ schedule }: Pick<DeploymentRow, 'schedule'>): DeploymentSchedule {
  return DeploymentSchedule.parse(JSON.parse(schedule));
}

export function thresholdOf({ failure_threshold }: Pick<DeploymentRow, 'failure_threshold'>): FailureThreshold | null {
  return failure_threshold === null ? null : FailureThreshold.parse(JSON.parse(failure_threshold));
}

export function alertsOf({ alerts }: Pick<DeploymentRow, 'alerts'>): AlertThresholds {
  return AlertThresholds.parse(alerts === null ? {} : JSON.parse(alerts));
}

function keptAlerts(alerts: AlertThresholds): string | null {
  return alerts.success === null && alerts.failure === null ? null : JSON.stringify(alerts);
}

function orNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

function asDeployment(row: NamedDeployment): Deployment {
  return {
    id: row.id,
    taskSequenceId: row.task_sequence_id,
    taskSequenceName: row.task_sequence_name,
    taskSequenceVersion: row.task_sequence_version,
    collectionId: row.collection_id,
    collectionName: row.collection_name,
    purpose: row.purpose,
    availableTo: row.available_to,
    paused: row.paused === null ? null : DeploymentPause.parse(JSON.parse(row.paused)),
    failureThreshold: thresholdOf(row),
    alerts: alertsOf(row),
    debug: row.debug === 1,
    schedule: scheduleOf(row),
    rerun: row.rerun,
    overrideMaintenanceWindows: row.override_windows === 1,
    restartOutsideWindows: row.restart_outside_windows === 1,
    preDownload: row.pre_download === 1,
    priority: row.priority,
    obstacle: obstacleNow(row),
    confirmedBy: row.confirmed_by,
    createdAt: isoTime(row.created_at),
  };
}
