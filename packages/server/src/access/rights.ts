/** What a person may do, and on what: pure. Whether one object is within it: visible.ts; where it comes from: assignments-store.ts. */
import { limitedBy, objectTypeOf, permissions, type ObjectType, type Permission } from '@ostler/contract';

/** The objects that something holds on. Null: on all of them. */
export interface Limits {
  /** Security scopes. */
  readonly scopeIds: readonly string[] | null;
  /** With the collections that are limited by them. */
  readonly collectionIds: readonly string[] | null;
}
export interface Grant extends Limits {
  readonly permissions: ReadonlySet<Permission>;
}
/** A permission holds where any of the grants gives it. */
export type Rights = readonly Grant[];

/** Where one permission holds: an object is within it when it is within any of these limits. Empty: nowhere. */
export interface Sight {
  readonly permission: Permission;
  readonly limits: readonly Limits[];
}

export const everyRight: Rights = [{ permissions: new Set(permissions), scopeIds: null, collectionIds: null }];

export function sightOf(rights: Rights, permission: Permission): Sight {
  const wholeSite = limitedBy[objectTypeOf(permission)] === 'site';
  const given = rights.filter((grant) => grant.permissions.has(permission) && (!wholeSite || isUnlimited(grant)));
  return { permission, limits: given.map(({ scopeIds, collectionIds }) => ({ scopeIds, collectionIds })) };
}

const reaching: { readonly [K in (typeof limitedBy)[ObjectType]]: (limits: Limits) => boolean } = {
  nothing: () => true,
  site: isUnlimited,
  scope: ({ scopeIds }) => scopeIds === null,
  collection: ({ collectionIds }) => collectionIds === null,
  both: isUnlimited,
};

/** Whether it holds on every object of the permission's kind, so that none needs to be looked at. */
export function seesAll({ permission, limits }: Sight): boolean {
  return limits.some(reaching[limitedBy[objectTypeOf(permission)]]);
}

/** The first of the permissions that `rights` lacks on the whole site; null when it has all. */
export function firstLacking(rights: Rights, wanted: Iterable<Permission>): Permission | null {
  const own = new Set(rights.filter(isUnlimited).flatMap((grant) => [...grant.permissions]));
  return [...wanted].find((permission) => !own.has(permission)) ?? null;
}

/** What of the rights an API token has that was given these permissions and collections alone; null for no limit. */
export function narrowed(rights: Rights, permissions: readonly Permission[] | null, collectionIds: readonly string[] | null): Rights {
  return rights.map((grant) => ({
    scopeIds: grant.scopeIds,
    permissions: permissions === null ? grant.permissions : grant.permissions.intersection(new Set(permissions)),
    collectionIds: inBoth(grant.collectionIds, collectionIds),
  }));
}

function inBoth(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b;
  return a.filter((id) => b.includes(id));
}

function isUnlimited({ scopeIds, collectionIds }: Limits): boolean {
  return scopeIds === null && collectionIds === null;
}
