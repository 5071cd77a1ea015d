/** The rows of boundary groups: what is in them, and which other ones they fall back to. */
import { BoundaryGroup, OstlerError, type UpdateBoundaryGroup } from '@ostler/contract';
import { newId } from '../database/new-id.ts';
import type { Queries } from '../devices/store.ts';
import { isoTime } from '../iso-time.ts';
import type { BoundaryTables } from './tables.ts';

type Row = BoundaryTables['boundary_groups'];

export async function listGroups(sql: Queries): Promise<BoundaryGroup[]> {
  const rows = await sql.selectFrom('boundary_groups').selectAll().orderBy('name').execute();
  return Promise.all(rows.map((row) => asGroup(sql, row)));
}

/** @throws OstlerError NOT_FOUND */
export async function getGroup(sql: Queries, id: string): Promise<BoundaryGroup> {
  const row = await sql.selectFrom('boundary_groups').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'boundary group', id });
  return asGroup(sql, row);
}

/** @throws OstlerError ALREADY_EXISTS */
export async function createGroup(
  sql: Queries,
  { name, description }: Pick<BoundaryGroup, 'name' | 'description'>,
  nowMs: number,
): Promise<BoundaryGroup> {
  const same = await sql.selectFrom('boundary_groups').select('id').where('name', '=', name).executeTakeFirst();
  if (same !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'boundary group', name });
  const row = { id: newId('boundary-group'), name, description, unknown_computers: null, created_at: nowMs };
  await sql.insertInto('boundary_groups').values(row).execute();
  return asGroup(sql, row);
}

/** @throws OstlerError NOT_FOUND */
export async function updateGroup(
  sql: Queries,
  id: string,
  { description, unknownComputers }: UpdateBoundaryGroup,
): Promise<BoundaryGroup> {
  const before = await getGroup(sql, id);
  const values = {
    description: description ?? before.description,
    unknown_computers: unknownComputers === undefined ? before.unknownComputers : unknownComputers,
  };
  await sql.updateTable('boundary_groups').set(values).where('id', '=', id).execute();
  return getGroup(sql, id);
}

/** @throws OstlerError NOT_FOUND, IN_USE */
export async function deleteGroup(sql: Queries, id: string): Promise<void> {
  const { name } = await getGroup(sql, id);
  const users = await sql
    .selectFrom('boundary_group_neighbours')
    .innerJoin('boundary_groups', 'boundary_groups.id', 'boundary_group_neighbours.group_id')
    .select('boundary_groups.name')
    .where('neighbour_id', '=', id)
    .execute();
  if (users.length > 0) {
    const names = users.map((user) => `the boundary group ${user.name} as its neighbour`).join(', ');
    throw new OstlerError('IN_USE', { kind: 'boundary group', name, users: names });
  }
  await sql.deleteFrom('boundary_groups').where('id', '=', id).execute();
}

export async function addBoundaryToGroup(sql: Queries, groupId: string, boundaryId: string): Promise<void> {
  await sql
    .insertInto('boundary_group_boundaries')
    .values({ group_id: groupId, boundary_id: boundaryId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** @throws OstlerError NOT_FOUND when it was not in the group */
export async function removeBoundaryFromGroup(sql: Queries, groupId: string, boundaryId: string): Promise<void> {
  const { numDeletedRows } = await sql
    .deleteFrom('boundary_group_boundaries')
    .where('group_id', '=', groupId)
    .where('boundary_id', '=', boundaryId)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new OstlerError('NOT_FOUND', { kind: 'boundary of this group', id: boundaryId });
}

/** @throws OstlerError BOUNDARY_GROUP_ITSELF */
export async function setNeighbour(sql: Queries, group: BoundaryGroup, neighbourId: string, fallbackMinutes: number | null): Promise<void> {
  if (group.id === neighbourId) throw new OstlerError('BOUNDARY_GROUP_ITSELF', { name: group.name });
  const values = { fallback_minutes: fallbackMinutes };
  await sql
    .insertInto('boundary_group_neighbours')
    .values({ group_id: group.id, neighbour_id: neighbourId, ...values })
    .onConflict((conflict) => conflict.columns(['group_id', 'neighbour_id']).doUpdateSet(values))
    .execute();
}

/** @throws OstlerError NOT_FOUND when it was none */
export async function removeNeighbour(sql: Queries, groupId: string, neighbourId: string): Promise<void> {
  const { numDeletedRows } = await sql
    .deleteFrom('boundary_group_neighbours')
    .where('group_id', '=', groupId)
    .where('neighbour_id', '=', neighbourId)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new OstlerError('NOT_FOUND', { kind: 'neighbour of this group', id: neighbourId });
}

async function asGroup(sql: Queries, { id, name, description, unknown_computers, created_at }: Row): Promise<BoundaryGroup> {
  const boundaries = await sql
    .selectFrom('boundaries')
    .innerJoin('boundary_group_boundaries', 'boundary_group_boundaries.boundary_id', 'boundaries.id')
    .select(['boundaries.id', 'boundaries.name', 'boundaries.addresses'])
    .where('boundary_group_boundaries.group_id', '=', id)
    .orderBy('boundaries.first_address')
    .execute();
  const neighbours = await sql
    .selectFrom('boundary_group_neighbours')
    .innerJoin('boundary_groups', 'boundary_groups.id', 'boundary_group_neighbours.neighbour_id')
    .select(['boundary_groups.id', 'boundary_groups.name', 'boundary_group_neighbours.fallback_minutes as fallbackMinutes'])
    .where('boundary_group_neighbours.group_id', '=', id)
    .orderBy('boundary_groups.name')
    .execute();
  const distributionPoints = await sql
    .selectFrom('distribution_points')
    .innerJoin('distribution_point_groups', 'distribution_point_groups.point_id', 'distribution_points.id')
    .select(['distribution_points.id', 'distribution_points.name'])
    .where('distribution_point_groups.group_id', '=', id)
    .orderBy('distribution_points.name')
    .execute();
  const createdAt = isoTime(created_at);
  const unknownComputers = BoundaryGroup.shape.unknownComputers.parse(unknown_computers);
  return {
    id,
    name,
    description,
    unknownComputers,
    boundaries,
    neighbours: neighbours.toSorted(soonerFirst),
    distributionPoints,
    createdAt,
  };
}

/** Never comes last. */
export function soonerFirst(a: { readonly fallbackMinutes: number | null }, b: { readonly fallbackMinutes: number | null }): number {
  return (a.fallbackMinutes ?? Number.MAX_SAFE_INTEGER) - (b.fallbackMinutes ?? Number.MAX_SAFE_INTEGER);
}
