/** Security scopes and the objects in them. */
import { defaultScopeId, OstlerError, type ScopedObject, type SecurityScope } from '@ostler/contract';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import type { Queries } from '../devices/store.ts';
import { accountsLimitedTo } from './assignments-store.ts';

const tables = {
  'task-sequences': 'task_sequences',
  images: 'images',
  packages: 'packages',
  'boot-images': 'boot_images',
  applications: 'applications',
  deployments: 'deployments',
} as const satisfies Record<ScopedObject['type'], keyof Tables>;

export async function listScopes(sql: Queries): Promise<SecurityScope[]> {
  const rows = await sql.selectFrom('security_scopes').selectAll().orderBy('name').execute();
  return rows.map(({ id, name, description }) => ({ id, name, description, builtIn: id === defaultScopeId }));
}

/** @throws OstlerError NOT_FOUND */
export async function getScope(sql: Queries, id: string): Promise<SecurityScope> {
  const scope = (await listScopes(sql)).find((each) => each.id === id);
  if (scope === undefined) throw new OstlerError('NOT_FOUND', { kind: 'security scope', id });
  return scope;
}

/** @throws OstlerError ALREADY_EXISTS */
export async function createScope(
  sql: Queries,
  scope: { readonly name: string; readonly description: string },
  nowMs: number,
): Promise<SecurityScope> {
  const taken = (await listScopes(sql)).some(({ name }) => name.toLowerCase() === scope.name.toLowerCase());
  if (taken) throw new OstlerError('ALREADY_EXISTS', { kind: 'security scope', name: scope.name });
  const id = newId('scope');
  await sql
    .insertInto('security_scopes')
    .values({ id, ...scope, created_at: nowMs })
    .execute();
  return getScope(sql, id);
}

/** @throws OstlerError NOT_FOUND, SECURITY_SCOPE_BUILT_IN, IN_USE */
export async function deleteScope(sql: Queries, id: string): Promise<void> {
  const { name, builtIn } = await getScope(sql, id);
  if (builtIn) throw new OstlerError('SECURITY_SCOPE_BUILT_IN', { name });
  const users = await accountsLimitedTo(sql, 'scope_ids', id);
  if (users.length > 0) throw new OstlerError('IN_USE', { kind: 'security scope', name, users: users.join(', ') });
  await sql.deleteFrom('security_scopes').where('id', '=', id).execute();
}

/** @throws OstlerError NOT_FOUND */
export async function scopeObjects(sql: Queries, scopeId: string): Promise<ScopedObject[]> {
  await getScope(sql, scopeId);
  const rows = await sql
    .selectFrom('security_scope_objects')
    .selectAll()
    .where('scope_id', '=', scopeId)
    .orderBy('object_type')
    .orderBy('object_id')
    .execute();
  return rows.map(({ object_type, object_id }) => ({ type: object_type, id: object_id }));
}

/** Again changes nothing. @throws OstlerError NOT_FOUND */
export async function addToScope(sql: Queries, scopeId: string, { type, id }: ScopedObject): Promise<void> {
  await getScope(sql, scopeId);
  const found = await sql.selectFrom(tables[type]).select('id').where('id', '=', id).executeTakeFirst();
  if (found === undefined) throw new OstlerError('NOT_FOUND', { kind: type.replaceAll('-', ' ').replace(/s$/, ''), id });
  await putInto(sql, [scopeId], { type, id });
}

/** An object that was just made, or that is known to be there. */
export async function putInto(sql: Queries, scopeIds: readonly string[], { type, id }: ScopedObject): Promise<void> {
  const rows = scopeIds.map((scope_id) => ({ scope_id, object_type: type, object_id: id }));
  await sql
    .insertInto('security_scope_objects')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['object_type', 'object_id', 'scope_id']).doNothing())
    .execute();
}

/** @throws OstlerError NOT_FOUND */
export async function removeFromScope(sql: Queries, scopeId: string, { type, id }: ScopedObject): Promise<void> {
  const { numDeletedRows } = await sql
    .deleteFrom('security_scope_objects')
    .where('scope_id', '=', scopeId)
    .where('object_type', '=', type)
    .where('object_id', '=', id)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new OstlerError('NOT_FOUND', { kind: 'object in this scope', id });
}
