/** The rows of distribution points: their settings, groups, and what they were given. */
import {
  OstlerError,
  type ContentObjectKind,
  type CreateDistributionPoint,
  type DistributionPoint,
  type DistributionPointState,
  type UpdateDistributionPoint,
} from '@ostler/contract';
import { newId } from '../database/new-id.ts';
import type { Queries } from '../devices/store.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { objectNames, placedContent, type PointRow } from './wanted-content.ts';

/** A distribution point that has not been heard of for so long has no computers sent to it. It reports every 15 seconds. */
export const silentAfterMs = 120_000;

export function stateOf(row: Pick<PointRow, 'enrolled_at' | 'revoked_at' | 'last_seen_at'>, nowMs: number): DistributionPointState {
  if (row.revoked_at !== null) return 'revoked';
  if (row.enrolled_at === null) return 'waiting';
  return nowMs - (row.last_seen_at ?? 0) > silentAfterMs ? 'silent' : 'healthy';
}

export async function listPoints(sql: Queries, nowMs: number): Promise<DistributionPoint[]> {
  const rows = await sql.selectFrom('distribution_points').selectAll().orderBy('name').execute();
  return Promise.all(rows.map((row) => asPoint(sql, row, nowMs)));
}

/** @throws OstlerError NOT_FOUND */
export async function getPointRow(sql: Queries, id: string): Promise<PointRow> {
  const row = await sql.selectFrom('distribution_points').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'distribution point', id });
  return row;
}

export async function getPoint(sql: Queries, id: string, nowMs: number): Promise<DistributionPoint> {
  return asPoint(sql, await getPointRow(sql, id), nowMs);
}

/** @returns its id. @throws OstlerError ALREADY_EXISTS for a name or address that another one has */
export async function createPoint(sql: Queries, { name, url, ...settings }: CreateDistributionPoint, nowMs: number): Promise<string> {
  const same = await sql
    .selectFrom('distribution_points')
    .select('name')
    .where((where) => where.or([where('name', '=', name), where('url', '=', url)]))
    .executeTakeFirst();
  if (same !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'distribution point', name: same.name });
  const id = newId('distribution-point');
  const never = { ticket_hash: null, ticket_expires_at: null, key_hash: null, enrolled_at: null, revoked_at: null, last_seen_at: null };
  const unseen = { lost_at: null, free_bytes: null };
  const row = { id, name, url, ...columnsOf(settings), ...never, ...unseen, created_at: nowMs };
  await sql.insertInto('distribution_points').values(row).execute();
  return id;
}

type Limits = Omit<CreateDistributionPoint, 'name' | 'url'>;

function columnsOf({ assignment, spaceReserveBytes, pullBytesPerSecond, graceHours }: Limits) {
  return {
    assignment,
    space_reserve_bytes: spaceReserveBytes,
    pull_bytes_per_second: pullBytesPerSecond,
    grace_hours: graceHours,
  };
}

/** @throws OstlerError NOT_FOUND, ALREADY_EXISTS */
export async function updatePoint(sql: Queries, id: string, change: UpdateDistributionPoint): Promise<void> {
  const before = await getPointRow(sql, id);
  const { name = before.name } = change;
  const same = await sql.selectFrom('distribution_points').select('id').where('name', '=', name).where('id', '<>', id).executeTakeFirst();
  if (same !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'distribution point', name });
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const columns = columnsOf({ ...limitsOf(before), ...given });
  await sql
    .updateTable('distribution_points')
    .set({ name, ...columns })
    .where('id', '=', id)
    .execute();
}

function limitsOf(row: PointRow): Limits {
  return {
    // Safe: columnsOf alone writes it.
    assignment: row.assignment as Limits['assignment'],
    spaceReserveBytes: row.space_reserve_bytes,
    pullBytesPerSecond: row.pull_bytes_per_second,
    graceHours: row.grace_hours,
  };
}

/** @throws OstlerError NOT_FOUND */
export async function deletePoint(sql: Queries, id: string): Promise<void> {
  await getPointRow(sql, id);
  await sql.deleteFrom('distribution_points').where('id', '=', id).execute();
}

export async function addToGroup(sql: Queries, pointId: string, groupId: string): Promise<void> {
  await sql
    .insertInto('distribution_point_groups')
    .values({ point_id: pointId, group_id: groupId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** @throws OstlerError NOT_FOUND when it was not in the group */
export async function removeFromGroup(sql: Queries, pointId: string, groupId: string): Promise<void> {
  const { numDeletedRows } = await sql
    .deleteFrom('distribution_point_groups')
    .where('point_id', '=', pointId)
    .where('group_id', '=', groupId)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new OstlerError('NOT_FOUND', { kind: 'group of this distribution point', id: groupId });
}

/** @throws OstlerError NOT_FOUND for an object that is not at the site */
export async function choose(sql: Queries, pointId: string, kind: ContentObjectKind, objectId: string): Promise<void> {
  if (!(await objectNames(sql)).has(objectId)) throw new OstlerError('NOT_FOUND', { kind, id: objectId });
  await sql
    .insertInto('distribution_point_chosen')
    .values({ point_id: pointId, owner_kind: kind, owner_id: objectId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** @throws OstlerError NOT_FOUND when it was not chosen */
export async function unchoose(sql: Queries, pointId: string, kind: ContentObjectKind, objectId: string): Promise<void> {
  const { numDeletedRows } = await sql
    .deleteFrom('distribution_point_chosen')
    .where('point_id', '=', pointId)
    .where('owner_kind', '=', kind)
    .where('owner_id', '=', objectId)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new OstlerError('NOT_FOUND', { kind: `${kind} of this distribution point`, id: objectId });
}

async function asPoint(sql: Queries, row: PointRow, nowMs: number): Promise<DistributionPoint> {
  const groups = await sql
    .selectFrom('boundary_groups')
    .innerJoin('distribution_point_groups', 'distribution_point_groups.group_id', 'boundary_groups.id')
    .select(['boundary_groups.id', 'boundary_groups.name'])
    .where('distribution_point_groups.point_id', '=', row.id)
    .orderBy('boundary_groups.name')
    .execute();
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    ...limitsOf(row),
    state: stateOf(row, nowMs),
    groups,
    chosen: row.assignment === 'all' ? [] : await chosenOf(sql, row.id),
    content: countContent(await placedContent(sql, row)),
    freeBytes: row.free_bytes,
    enrolledAt: isoTimeOrNull(row.enrolled_at),
    lastSeenAt: isoTimeOrNull(row.last_seen_at),
    createdAt: isoTime(row.created_at),
  };
}

async function chosenOf(sql: Queries, pointId: string): Promise<DistributionPoint['chosen']> {
  const names = await objectNames(sql);
  const rows = await sql.selectFrom('distribution_point_chosen').selectAll().where('point_id', '=', pointId).execute();
  // Safe: choose() alone writes these rows.
  return rows.map(({ owner_kind, owner_id: id }) => ({ kind: owner_kind as ContentObjectKind, id, name: names.get(id) ?? id }));
}

function countContent(pieces: Awaited<ReturnType<typeof placedContent>>): DistributionPoint['content'] {
  const count = (state: string): number => pieces.filter((piece) => piece.state === state).length;
  const missingBytes = pieces.reduce((sum, piece) => sum + (piece.state === 'present' ? 0 : piece.sizeBytes - piece.receivedBytes), 0);
  return { present: count('present'), missing: count('missing'), failed: count('failed'), missingBytes };
}
