/** The rows of boundaries. What their texts mean is address-range.ts; which of them decide for an address is locate.ts. */
import { OstlerError, type Boundary } from '@ostler/contract';
import { newId } from '../database/new-id.ts';
import type { Queries } from '../devices/store.ts';
import { isoTime } from '../iso-time.ts';
import { parseAddressRange } from './address-range.ts';
import type { BoundaryTables } from './tables.ts';

export type BoundaryRow = BoundaryTables['boundaries'];

export async function listBoundaries(sql: Queries): Promise<Boundary[]> {
  const rows = await sql.selectFrom('boundaries').selectAll().orderBy('first_address').orderBy('last_address', 'desc').execute();
  return Promise.all(rows.map((row) => asBoundary(sql, row)));
}

/** @throws OstlerError NOT_FOUND */
export async function getBoundary(sql: Queries, id: string): Promise<Boundary> {
  const row = await sql.selectFrom('boundaries').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'boundary', id });
  return asBoundary(sql, row);
}

/** @throws OstlerError BOUNDARY_INVALID, ALREADY_EXISTS for a name or addresses that another one has */
export async function createBoundary(
  sql: Queries,
  wanted: { readonly name?: string | undefined; readonly addresses: string },
  nowMs: number,
): Promise<Boundary> {
  const { kind, text, first, last } = parseAddressRange(wanted.addresses);
  const name = wanted.name ?? text;
  const same = await sql
    .selectFrom('boundaries')
    .select('name')
    .where((where) => where.or([where('name', '=', name), where('addresses', '=', text)]))
    .executeTakeFirst();
  if (same !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'boundary', name: same.name });
  const id = newId('boundary');
  const row = { id, name, kind, addresses: text, first_address: first, last_address: last, created_at: nowMs };
  await sql.insertInto('boundaries').values(row).execute();
  return asBoundary(sql, row);
}

/** @throws OstlerError NOT_FOUND, IN_USE */
export async function deleteBoundary(sql: Queries, id: string): Promise<void> {
  const { name, groups } = await getBoundary(sql, id);
  const users = groups.map((group) => `the boundary group ${group.name}`).join(', ');
  if (users !== '') throw new OstlerError('IN_USE', { kind: 'boundary', name, users });
  await sql.deleteFrom('boundaries').where('id', '=', id).execute();
}

async function asBoundary(sql: Queries, row: BoundaryRow): Promise<Boundary> {
  const groups = await sql
    .selectFrom('boundary_groups')
    .innerJoin('boundary_group_boundaries', 'boundary_group_boundaries.group_id', 'boundary_groups.id')
    .select(['boundary_groups.id', 'boundary_groups.name'])
    .where('boundary_group_boundaries.boundary_id', '=', row.id)
    .orderBy('boundary_groups.name')
    .execute();
  const overlaps = await sql
    .selectFrom('boundaries')
    .select(['id', 'name', 'addresses'])
    .where('first_address', '<=', row.last_address)
    .where('last_address', '>=', row.first_address)
    .where('id', '<>', row.id)
    .orderBy('first_address')
    .execute();
  const { id, name, addresses } = row;
  // Safe: createBoundary alone writes these rows.
  return { id, name, kind: row.kind as Boundary['kind'], addresses, groups, overlaps, createdAt: isoTime(row.created_at) };
}
