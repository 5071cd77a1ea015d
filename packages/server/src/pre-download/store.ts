/** How far clients are with the content of their coming runs, in the database. */
import type { Deployment, PreDownloadStatus, ReportPreDownloads } from '@ostler/contract';
import { sql as raw } from 'kysely';
import type { Sight } from '../access/rights.ts';
import { devicesWithin } from '../access/visible.ts';
import { isMemberOf } from '../collections/members.ts';
import type { Queries } from '../devices/store.ts';
import { isoTime } from '../iso-time.ts';
import type { PreparedContent } from './prepared-content.ts';

/** What is not among them is nothing any more. @returns the deployments of which something is said. Call it inside a transaction. */
export async function saveReport(
  sql: Queries,
  deviceId: string,
  { preDownloads }: ReportPreDownloads,
  nowMs: number,
): Promise<readonly string[]> {
  await sql.deleteFrom('pre_downloads').where('device_id', '=', deviceId).execute();
  if (preDownloads.length === 0) return [];
  const ids = preDownloads.map(({ deploymentId }) => deploymentId);
  // One that was deleted or changed meanwhile is not looked for any more.
  const known = await sql.selectFrom('deployments').select('id').where('id', 'in', ids).where('pre_download', '=', 1).execute();
  const looked = new Set(known.map(({ id }) => id));
  for (const { deploymentId, contentHash, receivedBytes, problem } of preDownloads.filter((each) => looked.has(each.deploymentId))) {
    // PostgreSQL keeps no NUL character in a text.
    const words = problem?.replaceAll('\0', '') ?? null;
    const facts = { content_hash: contentHash, received_bytes: receivedBytes, problem: words, reported_at: nowMs };
    await sql
      .insertInto('pre_downloads')
      .values({ deployment_id: deploymentId, device_id: deviceId, ...facts })
      // Two reports of one client may meet.
      .onConflict((conflict) => conflict.columns(['deployment_id', 'device_id']).doUpdateSet(facts))
      .execute();
  }
  return [...looked];
}

/** What the device had fetched is its run's from here on. Call it inside the transaction that begins the run. */
export async function forgetPreDownload(sql: Queries, deploymentId: string, deviceId: string): Promise<void> {
  await sql.deleteFrom('pre_downloads').where('deployment_id', '=', deploymentId).where('device_id', '=', deviceId).execute();
}

/** The content of the deployment is fetched when its runs need it. */
export async function forgetPreDownloads(sql: Queries, deploymentId: string): Promise<void> {
  await sql.deleteFrom('pre_downloads').where('deployment_id', '=', deploymentId).execute();
}

/**
 * On the members of the collection that are within the sight. What a computer has of other content than the deployment's, as it is now, is nothing.
 * @param deviceIds of which each is shown
 */
export async function preDownloadStatus(
  sql: Queries,
  { id, collectionId }: Pick<Deployment, 'id' | 'collectionId'>,
  { hash, pieces }: PreparedContent,
  { sight, deviceIds }: { readonly sight: Sight; readonly deviceIds: readonly string[] },
): Promise<PreDownloadStatus> {
  const totalBytes = pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const current = sql.selectFrom('pre_downloads').where('deployment_id', '=', id).where('content_hash', '=', hash);
  const isComplete = raw`received_bytes >= cast(${totalBytes} as bigint)`;
  const { complete, begun, problems } = await current
    .where('device_id', 'in', sql.selectFrom('devices').select('id').where(isMemberOf(collectionId)))
    .where(devicesWithin(sight, 'device_id'))
    .select([
      raw<number>`coalesce(sum(case when ${isComplete} then 1 else 0 end), 0)`.as('complete'),
      raw<number>`coalesce(sum(case when received_bytes > 0 and not ${isComplete} then 1 else 0 end), 0)`.as('begun'),
      raw<number>`coalesce(sum(case when problem is null then 0 else 1 end), 0)`.as('problems'),
    ])
    .executeTakeFirstOrThrow();
  const shown = deviceIds.length === 0 ? [] : await current.selectAll().where('device_id', 'in', deviceIds).execute();
  return {
    totalBytes,
    completeCount: complete,
    begunCount: begun,
    problemCount: problems,
    devices: shown.map(({ device_id, received_bytes, problem, reported_at }) => {
      return { deviceId: device_id, receivedBytes: received_bytes, problem, reportedAt: isoTime(reported_at) };
    }),
  };
}
