/** Deployments in the database, and which of them apply to a device. */
import { OstlerError, type CreateDeployment, type Deployment, type Device } from '@ostler/contract';
import type { z } from 'zod';
import { collectionsOf, getCollection } from '../collections/store.ts';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import type { Queries } from '../devices/store.ts';
import { isoTime } from '../iso-time.ts';
import { getTaskSequence } from '../task-sequences/store.ts';
import { obstacleOf, StartFields } from './obstacle.ts';
import { preferredDeployment } from './preferred-deployment.ts';

export type DeploymentRow = Tables['deployments'];
export type NamedDeployment = DeploymentRow & {
  readonly task_sequence_name: string;
  readonly collection_name: string;
  /** Of the version that it deploys now. */
  readonly definition: string;
};

/** What a device is offered now. Oldest first: of several required ones, the newest has the last word on the disk. */
export interface OfferedDeployments {
  /** Required ones that have not run there; and the hidden one that the computer names. */
  readonly required: readonly NamedDeployment[];
  readonly available: readonly NamedDeployment[];
}

export async function listDeployments(sql: Queries): Promise<Deployment[]> {
  return (await named(sql).orderBy('deployments.created_at', 'desc').execute()).map(asDeployment);
}

/** @throws OstlerError NOT_FOUND */
export async function getDeployment(sql: Queries, id: string): Promise<Deployment> {
  const row = await named(sql).where('deployments.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'deployment', id });
  return asDeployment(row);
}

/**
 * A disabled task sequence can be deployed: it is offered once it is enabled.
 * @throws OstlerError NOT_FOUND for a task sequence, version or collection that is not there; DEPLOYMENT_CANNOT_START
 */
export async function createDeployment(sql: Queries, body: z.output<typeof CreateDeployment>, nowMs: number): Promise<Deployment> {
  const { name, definition } = await getTaskSequence(sql, body.taskSequenceId, body.taskSequenceVersion);
  const reason = obstacleOf({ ...definition, enabled: true });
  if (reason !== null) throw new OstlerError('DEPLOYMENT_CANNOT_START', { name, reason });
  await getCollection(sql, body.collectionId);
  const id = newId('deployment');
  await sql
    .insertInto('deployments')
    .values({
      id,
      task_sequence_id: body.taskSequenceId,
      task_sequence_version: body.taskSequenceVersion,
      collection_id: body.collectionId,
      purpose: body.purpose,
      available_to: body.availableTo,
      enabled: 1,
      debug: body.debug ? 1 : 0,
      created_at: nowMs,
    })
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

/**
 * At network boot or from media. Any run of a deployment that begins by itself counts as one, however it ended, until it is allowed to run
 * again.
 */
export async function offeredDeployments(sql: Queries, device: Pick<Device, 'id' | 'state'>): Promise<OfferedDeployments> {
  const collections = await collectionsOf(sql, device);
  if (collections.length === 0) return { required: [], available: [] };
  const enabled = await named(sql)
    .where('enabled', '=', 1)
    .where(
      'collection_id',
      'in',
      collections.map(({ id }) => id),
    )
    .orderBy('deployments.created_at')
    .orderBy('deployments.id')
    .execute();
  const rows = enabled.filter((row) => row.available_to !== 'clients' && obstacleNow(row) === null);
  const preferred = rows.some(isHidden) ? await preferredDeployment(sql, device.id, collections) : null;
  const ran = await sql
    .selectFrom('runs')
    .select('deployment_id')
    .where('device_id', '=', device.id)
    .where('rerun_allowed', '=', 0)
    .execute();
  const begins = (row: NamedDeployment): boolean => row.purpose === 'required' || (isHidden(row) && row.id === preferred);
  return {
    required: rows.filter((row) => begins(row) && !ran.some((run) => run.deployment_id === row.id)),
    available: rows.filter((row) => row.purpose === 'available' && !isHidden(row)),
  };
}

function isHidden({ available_to }: DeploymentRow): boolean {
  return available_to === 'media-and-network-boot-hidden';
}

function named(sql: Queries) {
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

function obstacleNow({ definition }: NamedDeployment): string | null {
  return obstacleOf(StartFields.parse(JSON.parse(definition)));
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
    enabled: row.enabled === 1,
    debug: row.debug === 1,
    obstacle: obstacleNow(row),
    createdAt: isoTime(row.created_at),
  };
}
