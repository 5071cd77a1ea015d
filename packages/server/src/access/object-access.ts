/**
 * The one place that holds a request and its answer against what the caller may act on: the objects that the route names (`on`, `also`),
 * the items of a list (`items`), and the scopes of what was made (`creates`).
 */
import { defaultScopeId, Id, objectTypeOf, OstlerError, ScopedType, type Access, type Need, type PermissionAccess } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';
import type { Caller } from '../http/handlers.ts';
import { seesAll, sightOf, type Rights, type Sight } from './rights.ts';
import { putInto } from './scope-store.ts';
import { idsWithin } from './visible.ts';

/** The parsed parts of a request; of a stream the path's parameters alone. */
export interface NamedObjects {
  readonly params: unknown;
  readonly body?: unknown;
}

export interface ObjectAccess {
  /** @throws OstlerError PERMISSION_MISSING; NOT_FOUND for an object that the caller may not even see */
  check(caller: Caller, access: Access, named: NamedObjects): Promise<void>;
  /** The answer as the caller may see it; what was made gets its scopes. */
  narrow(caller: Caller, access: Access, answer: unknown): Promise<unknown>;
}

export function createObjectAccess(sql: Queries): ObjectAccess {
  return {
    check: async (caller, access, named) => {
      if (typeof access !== 'object' || caller.kind !== 'person') return;
      for (const need of needsOf(access)) await checkNeed(sql, caller.rights, need, named);
    },
    narrow: async (caller, access, answer) => {
      if (typeof access !== 'object' || caller.kind !== 'person') return answer;
      const sight = sightOf(caller.rights, access.permission);
      if (seesAll(sight)) return answer;
      if (access.creates !== undefined) await scopeCreated(sql, sight, pathIn(answer, access.creates));
      return access.items === undefined ? answer : narrowItems(sql, sight, [access.items].flat(), answer);
    },
  };
}

/** All that a route asks of a person. */
export function needsOf({ permission, on, also = [] }: PermissionAccess): readonly Need[] {
  return [{ permission, ...(on === undefined ? {} : { on }) }, ...also];
}

async function checkNeed(sql: Queries, rights: Rights, { permission, on }: Need, named: NamedObjects): Promise<void> {
  const sight = sightOf(rights, permission);
  if (on === undefined || seesAll(sight)) return;
  if (on === 'default-scope') {
    if (sight.limits.some(({ scopeIds }) => scopeIds?.includes(defaultScopeId) ?? true)) return;
    throw new OstlerError('PERMISSION_MISSING', { permission, place: ' in the default security scope, where this would be made' });
  }
  const value = pathIn(named, on);
  if (value === undefined) return;
  const ids = [value].flat();
  const known = ids.filter((id): id is string => Id.safeParse(id).success);
  if (ids.length === 0 || known.length < ids.length) throw new OstlerError('PERMISSION_MISSING', { permission, place: ' on everything' });
  await requireWithin(sql, rights, sight, known);
}

async function requireWithin(sql: Queries, rights: Rights, sight: Sight, ids: readonly string[]): Promise<void> {
  const allowed = await idsWithin(sql, sight, ids);
  const refused = ids.find((id) => !allowed.has(id));
  if (refused === undefined) return;
  const type = objectTypeOf(sight.permission);
  const seen = await idsWithin(sql, sightOf(rights, `${type}.read` as typeof sight.permission), [refused]);
  // What a person may not see does not exist for them.
  if (!seen.has(refused)) throw new OstlerError('NOT_FOUND', { kind: type.replaceAll('-', ' ').replace(/s$/, ''), id: refused });
  throw new OstlerError('PERMISSION_MISSING', { permission: sight.permission, place: ` on ${refused}` });
}

async function narrowItems(sql: Queries, sight: Sight, properties: readonly string[], answer: unknown): Promise<unknown> {
  // Safe: the route says that its answer is a list, and its schema has checked it.
  const list = answer as { readonly items: readonly Readonly<Record<string, string>>[] };
  const idsOf = (item: Readonly<Record<string, string>>) => properties.map((property) => item[property] ?? '');
  const seen = await idsWithin(sql, sight, [...new Set(list.items.flatMap(idsOf))]);
  return { ...list, items: list.items.filter((item) => idsOf(item).every((id) => seen.has(id))) };
}

async function scopeCreated(sql: Queries, { permission, limits }: Sight, id: unknown): Promise<void> {
  const type = ScopedType.safeParse(objectTypeOf(permission));
  const scopeIds = [...new Set(limits.flatMap((each) => each.scopeIds ?? []))];
  if (type.success && typeof id === 'string' && scopeIds.length > 0) await putInto(sql, scopeIds, { type: type.data, id });
}

function pathIn(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((part, key) => (part as Readonly<Record<string, unknown>> | null | undefined)?.[key], value);
}
