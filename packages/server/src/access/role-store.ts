/** Roles: the built-in ones, and those that people made. */
import { OstlerError, permissions, type Permission, type Role, type RoleDefinition } from '@ostler/contract';
import type { z } from 'zod';
import { newId } from '../database/new-id.ts';
import type { Queries } from '../devices/store.ts';
import { builtInRoles } from './built-in-roles.ts';
import { providersGiving } from './providers-giving.ts';
import type { AccessTables } from './tables.ts';

type Definition = z.output<typeof RoleDefinition>;

export async function listRoles(sql: Queries): Promise<Role[]> {
  const rows = await sql.selectFrom('roles').selectAll().orderBy('name').execute();
  return [...builtInRoles, ...rows.map(asRole)];
}

/** @throws OstlerError NOT_FOUND */
export async function getRole(sql: Queries, id: string): Promise<Role> {
  const role = (await listRoles(sql)).find((each) => each.id === id);
  if (role === undefined) throw new OstlerError('NOT_FOUND', { kind: 'role', id });
  return role;
}

/** @throws OstlerError ALREADY_EXISTS */
export async function createRole(sql: Queries, definition: Definition, nowMs: number): Promise<Role> {
  const id = newId('role');
  await refuseName(sql, definition.name, id);
  await sql
    .insertInto('roles')
    .values({ id, ...columnsOf(definition), created_at: nowMs })
    .execute();
  return getRole(sql, id);
}

/** @throws OstlerError NOT_FOUND, ROLE_BUILT_IN, ALREADY_EXISTS */
export async function updateRole(sql: Queries, id: string, definition: Definition): Promise<Role> {
  await requireOwn(sql, id);
  await refuseName(sql, definition.name, id);
  await sql.updateTable('roles').set(columnsOf(definition)).where('id', '=', id).execute();
  return getRole(sql, id);
}

/** @throws OstlerError NOT_FOUND, ROLE_BUILT_IN, IN_USE */
export async function deleteRole(sql: Queries, id: string): Promise<void> {
  const { name } = await requireOwn(sql, id);
  const users = await sql
    .selectFrom('role_assignments')
    .innerJoin('accounts', 'accounts.id', 'role_assignments.account_id')
    .select('accounts.name')
    .where('role_id', '=', id)
    .distinct()
    .execute();
  const all = [...users.map((user) => user.name), ...(await providersGiving(sql, id))];
  if (all.length > 0) throw new OstlerError('IN_USE', { kind: 'role', name, users: all.join(', ') });
  await sql.deleteFrom('roles').where('id', '=', id).execute();
}

async function requireOwn(sql: Queries, id: string): Promise<Role> {
  const role = await getRole(sql, id);
  if (role.builtIn) throw new OstlerError('ROLE_BUILT_IN', { name: role.name });
  return role;
}

async function refuseName(sql: Queries, name: string, exceptId: string): Promise<void> {
  const same = (await listRoles(sql)).find((role) => role.name.toLowerCase() === name.toLowerCase() && role.id !== exceptId);
  if (same !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'role', name });
}

function columnsOf({ name, description, permissions: given }: Definition) {
  return { name, description, permissions: JSON.stringify(permissions.filter((permission) => given.includes(permission))) };
}

function asRole({ id, name, description, permissions: stored }: AccessTables['roles']): Role {
  // Safe: written from permissions; one that a later version took away is left out.
  const given = JSON.parse(stored) as readonly Permission[];
  return { id, name, description, builtIn: false, permissions: permissions.filter((permission) => given.includes(permission)) };
}
