/** Handlers of roles, security scopes, and what the caller may do. */
import { objectTypeOf, OstlerError, type EffectiveRight, type Permission } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { rightsOfCaller } from './caller.ts';
import { createRole, deleteRole, getRole, listRoles, updateRole } from './role-store.ts';
import { firstLacking, seesAll, sightOf, type Rights } from './rights.ts';
import { addToScope, createScope, deleteScope, listScopes, removeFromScope, scopeObjects } from './scope-store.ts';
import { idsWithin } from './visible.ts';

export interface AccessDependencies {
  readonly sql: Queries;
  readonly now: () => number;
}

export function accessHandlers(dependencies: AccessDependencies): HandlersOf<'access' | 'roles' | 'securityScopes'> {
  const { sql } = dependencies;
  return {
    ...roleHandlers(dependencies),
    ...scopeHandlers(dependencies),
    'access.rights': async (_request, { caller }) => ({ items: effectiveRights(rightsOfCaller(caller)) }),
    'access.mayI': async ({ body: { permission, objectId } }, { caller }) => mayI(sql, rightsOfCaller(caller), permission, objectId),
  };
}

function roleHandlers({ sql, now }: AccessDependencies): HandlersOf<'roles'> {
  return {
    'roles.list': async () => ({ items: await listRoles(sql) }),
    'roles.create': async ({ body }, { caller }) => {
      requireNoMore(rightsOfCaller(caller), body.permissions);
      return createRole(sql, body, now());
    },
    'roles.update': async ({ params, body }, { caller }) => {
      const before = await getRole(sql, params.id);
      requireNoMore(rightsOfCaller(caller), [...before.permissions, ...body.permissions]);
      return updateRole(sql, params.id, body);
    },
    'roles.delete': async ({ params }) => {
      await deleteRole(sql, params.id);
      return { ok: true };
    },
  };
}

function scopeHandlers({ sql, now }: AccessDependencies): HandlersOf<'securityScopes'> {
  return {
    'securityScopes.list': async () => ({ items: await listScopes(sql) }),
    'securityScopes.create': ({ body }) => createScope(sql, body, now()),
    'securityScopes.delete': async ({ params }) => {
      await deleteScope(sql, params.id);
      return { ok: true };
    },
    'securityScopes.objects': async ({ params }) => ({ items: await scopeObjects(sql, params.id) }),
    'securityScopes.addObject': async ({ params: { id, type, objectId } }) => {
      await addToScope(sql, id, { type, id: objectId });
      return { ok: true };
    },
    'securityScopes.removeObject': async ({ params: { id, type, objectId } }) => {
      await removeFromScope(sql, id, { type, id: objectId });
      return { ok: true };
    },
  };
}

/** @throws OstlerError RIGHTS_EXCEED_OWN */
export function requireNoMore(own: Rights, given: Iterable<Permission>): void {
  const permission = firstLacking(own, given);
  if (permission !== null) throw new OstlerError('RIGHTS_EXCEED_OWN', { permission });
}

/** A line for each permission and each place that it holds on. */
export function effectiveRights(rights: Rights): EffectiveRight[] {
  const all = new Set(rights.flatMap((grant) => [...grant.permissions]));
  return [...all].toSorted().flatMap((permission) => {
    const sight = sightOf(rights, permission);
    if (seesAll(sight)) return [{ permission, scopeIds: null, collectionIds: null }];
    return sight.limits.map(({ scopeIds, collectionIds }) => ({
      permission,
      scopeIds: scopeIds === null ? null : [...scopeIds],
      collectionIds: collectionIds === null ? null : [...collectionIds],
    }));
  });
}

async function mayI(sql: Queries, rights: Rights, permission: Permission, objectId: string | null) {
  const sight = sightOf(rights, permission);
  if (sight.limits.length === 0) return { allowed: false, reason: `No role of this account gives ${permission}.` };
  if (seesAll(sight)) return { allowed: true, reason: `A role of this account gives ${permission} without limits.` };
  if (objectId === null) return { allowed: true, reason: `A role of this account gives ${permission} on some objects.` };
  const kind = objectTypeOf(permission).replaceAll('-', ' ');
  if ((await idsWithin(sql, sight, [objectId])).has(objectId)) {
    return { allowed: true, reason: `${objectId} is within what a role with ${permission} was given on.` };
  }
  return { allowed: false, reason: `${objectId} is not one of the ${kind} that a role with ${permission} was given on.` };
}
