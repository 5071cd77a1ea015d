/** Who has which role on what, and the rights that follow. */
import { fullAdministratorRoleId, OstlerError, type Assignment } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';
import type { Grant, Rights } from './rights.ts';
import { providersGiving } from './providers-giving.ts';
import { listRoles } from './role-store.ts';
import type { AccessTables } from './tables.ts';

export async function assignmentsOf(sql: Queries, accountId: string): Promise<Assignment[]> {
  const rows = await sql.selectFrom('role_assignments').selectAll().where('account_id', '=', accountId).orderBy('number').execute();
  return rows.map(asAssignment);
}

/** Of every account, by its id. */
export async function allAssignments(sql: Queries): Promise<ReadonlyMap<string, Assignment[]>> {
  const rows = await sql.selectFrom('role_assignments').selectAll().orderBy('number').execute();
  const byAccount = Map.groupBy(rows, (row) => row.account_id);
  return new Map([...byAccount].map(([id, own]) => [id, own.map(asAssignment)]));
}

export async function rightsOf(sql: Queries, accountId: string): Promise<Rights> {
  return rightsFrom(sql, await assignmentsOf(sql, accountId));
}

/** What these roles on these things give together. A role that is gone gives nothing. */
export async function rightsFrom(sql: Queries, assignments: readonly Assignment[]): Promise<Rights> {
  const roles = new Map((await listRoles(sql)).map((role) => [role.id, new Set(role.permissions)]));
  return assignments.flatMap(({ roleId, scopeIds, collectionIds }): Grant[] => {
    const permissions = roles.get(roleId);
    return permissions === undefined ? [] : [{ permissions, scopeIds, collectionIds }];
  });
}

/** @throws OstlerError NOT_FOUND for a role, scope or collection */
export async function requireAssignable(sql: Queries, assignments: readonly Assignment[]): Promise<void> {
  const roles = await listRoles(sql);
  for (const { roleId, scopeIds, collectionIds } of assignments) {
    if (!roles.some(({ id }) => id === roleId)) throw new OstlerError('NOT_FOUND', { kind: 'role', id: roleId });
    await requireAll(sql, 'security_scopes', 'security scope', scopeIds ?? []);
    await requireAll(sql, 'collections', 'collection', collectionIds ?? []);
  }
}

/** In place of what the account had. Call it inside a transaction. @throws OstlerError NOT_FOUND for a role, scope or collection */
export async function replaceAssignments(sql: Queries, accountId: string, assignments: readonly Assignment[]): Promise<void> {
  await requireAssignable(sql, assignments);
  await sql.deleteFrom('role_assignments').where('account_id', '=', accountId).execute();
  const rows = assignments.map(({ roleId, scopeIds, collectionIds }, number) => ({
    account_id: accountId,
    number,
    role_id: roleId,
    scope_ids: scopeIds === null ? null : JSON.stringify(scopeIds),
    collection_ids: collectionIds === null ? null : JSON.stringify(collectionIds),
  }));
  if (rows.length > 0) await sql.insertInto('role_assignments').values(rows).execute();
}

async function requireAll(sql: Queries, table: 'security_scopes' | 'collections', kind: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const found = await sql.selectFrom(table).select('id').where('id', 'in', ids).execute();
  const missing = ids.find((id) => !found.some((row) => row.id === id));
  if (missing !== undefined) throw new OstlerError('NOT_FOUND', { kind, id: missing });
}

/** Accounts that may sign in and are full administrators without limits. */
export async function administratorIds(sql: Queries): Promise<string[]> {
  const rows = await sql
    .selectFrom('role_assignments')
    .innerJoin('accounts', 'accounts.id', 'role_assignments.account_id')
    .select('account_id')
    .where('disabled', '=', 0)
    .where('role_id', '=', fullAdministratorRoleId)
    .where('scope_ids', 'is', null)
    .where('collection_ids', 'is', null)
    .execute();
  return rows.map((row) => row.account_id);
}

/** The accounts, and the identity providers’ groups, that are limited to this scope or collection. */
export async function accountsLimitedTo(sql: Queries, column: 'scope_ids' | 'collection_ids', id: string): Promise<string[]> {
  const rows = await sql
    .selectFrom('role_assignments')
    .innerJoin('accounts', 'accounts.id', 'role_assignments.account_id')
    .select('accounts.name')
    .where(column, 'like', `%"${id}"%`)
    .distinct()
    .execute();
  return [...rows.map(({ name }) => name), ...(await providersGiving(sql, id))];
}

function asAssignment({ role_id, scope_ids, collection_ids }: AccessTables['role_assignments']): Assignment {
  return { roleId: role_id, scopeIds: idsOf(scope_ids), collectionIds: idsOf(collection_ids) };
}

function idsOf(text: string | null): string[] | null {
  // Safe: written by replaceAssignments from string[].
  return text === null ? null : (JSON.parse(text) as string[]);
}
