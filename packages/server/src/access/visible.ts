/** Whether objects are within what a person may see or do: in the database, for single objects and for lists. */
import { defaultScopeId, objectTypeOf, type LimitedType, type ObjectType, type Permission } from '@ostler/contract';
import { sql as raw, type RawBuilder, type SqlBool } from 'kysely';
import { membersOf } from '../collections/members.ts';
import type { Queries } from '../devices/store.ts';
import { seesAll, type Limits, type Sight } from './rights.ts';

type Condition = RawBuilder<SqlBool>;
/** The condition that the object `id` is within the limits. */
type Within = (id: RawBuilder<string>, limits: Limits, permission: Permission) => Condition;

interface Kind {
  readonly table: string;
  readonly within: Within;
}

const always = raw<SqlBool>`1 = 1`;
const never = raw<SqlBool>`1 = 0`;

const ofDevice: Within = (id, { collectionIds }) =>
  collectionIds === null ? always : raw<SqlBool>`${id} in (${membersOf(collectionIds)})`;

function scoped(type: ObjectType): Within {
  return (id, { scopeIds }) => {
    if (scopeIds === null) return always;
    const tagged = raw`select object_id from security_scope_objects where object_type = ${type}`;
    const inScope = raw<SqlBool>`${id} in (${tagged} and scope_id in (${list(scopeIds)}))`;
    return scopeIds.includes(defaultScopeId) ? raw<SqlBool>`(${inScope} or ${id} not in (${tagged}))` : inScope;
  };
}

/** What belongs to a device by a column of its own row. */
function through(table: string): Within {
  return (id, limits, permission) =>
    limits.collectionIds === null
      ? always
      : raw<SqlBool>`${id} in (select id from ${raw.table(table)} where ${ofDevice(raw<string>`device_id`, limits, permission)})`;
}

/** Whoever is limited to a collection does not change it: who is in it decides what they may act on. They change those that it limits. */
const changing: readonly Permission[] = ['collections.modify', 'collections.delete'];
const isCollection: Within = (id, { collectionIds }, permission) => {
  if (collectionIds === null) return always;
  const from = raw.ref(changing.includes(permission) ? 'limiting_id' : 'id');
  return raw<SqlBool>`${id} in (with recursive below(id) as (
    select id from collections where ${from} in (${list(collectionIds)})
    union select limited.id from collections limited join below on limited.limiting_id = below.id
  ) select id from below)`;
};

/** Its collection, and its own scopes or else those of its task sequence. */
const isDeployment: Within = (id, limits, permission) => {
  const tagged = raw`select object_id from security_scope_objects where object_type = 'deployments'`;
  const own = scoped('deployments')(raw<string>`id`, limits, permission);
  const sequence = scoped('task-sequences')(raw<string>`task_sequence_id`, limits, permission);
  const collection = isCollection(raw<string>`collection_id`, limits, permission);
  return raw<SqlBool>`${id} in (select id from deployments where ${collection}
    and ((id in (${tagged}) and ${own}) or (id not in (${tagged}) and ${sequence})))`;
};

/** The kinds of objects of which a person may see a part. */
const limitedKinds: Readonly<Record<LimitedType, Kind>> = {
  images: { table: 'images', within: scoped('images') },
  packages: { table: 'packages', within: scoped('packages') },
  'boot-images': { table: 'boot_images', within: scoped('boot-images') },
  applications: { table: 'applications', within: scoped('applications') },
  'task-sequences': { table: 'task_sequences', within: scoped('task-sequences') },
  devices: { table: 'devices', within: ofDevice },
  clients: { table: 'devices', within: ofDevice },
  collections: { table: 'collections', within: isCollection },
  deployments: { table: 'deployments', within: isDeployment },
  runs: { table: 'runs', within: through('runs') },
  'recovery-keys': { table: 'recovery_keys', within: through('recovery_keys') },
  'state-stores': { table: 'state_stores', within: through('state_stores') },
  'device-associations': { table: 'devices', within: ofDevice },
};

const kinds: Partial<Readonly<Record<ObjectType, Kind>>> = limitedKinds;

/** For the `where` of a list: the object whose id is in this column is one of those that the person may see. */
export function within(sight: Sight, column: string): Condition {
  if (seesAll(sight)) return always;
  const kind = kinds[objectTypeOf(sight.permission)];
  if (kind === undefined || sight.limits.length === 0) return never;
  const each = sight.limits.map((limits) => kind.within(raw.ref<string>(column), limits, sight.permission));
  return raw<SqlBool>`(${raw.join(each, raw` or `)})`;
}

/**
 * The same for a column of devices, whatever kind of object the permission is of: what has happened to a computer while it was in a collection of
 * theirs is not shown to those whose collections it has left.
 */
export function devicesWithin(sight: Sight, column: string): Condition {
  if (reachesEveryDevice(sight)) return always;
  const collectionIds = [...new Set(sight.limits.flatMap((each) => each.collectionIds ?? []))];
  return raw<SqlBool>`${raw.ref(column)} in (${membersOf(collectionIds)})`;
}

export function reachesEveryDevice({ limits }: Sight): boolean {
  return limits.some(({ collectionIds }) => collectionIds === null);
}

/** Those of the ids that are within it; ids of nothing are not. A sight of everything answers all, without looking. */
export async function idsWithin(sql: Queries, sight: Sight, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (seesAll(sight)) return new Set(ids);
  const kind = kinds[objectTypeOf(sight.permission)];
  const found = new Set<string>();
  if (kind === undefined) return found;
  for (let from = 0; from < ids.length; from += chunkLength) {
    const chunk = ids.slice(from, from + chunkLength);
    const query = raw<{ id: string }>`select id from ${raw.table(kind.table)} where id in (${list(chunk)}) and ${within(sight, 'id')}`;
    for (const { id } of (await query.execute(sql)).rows) found.add(id);
  }
  return found;
}

/** A list of every object would make a condition too long for SQLite. */
const chunkLength = 400;

function list(ids: readonly string[]): RawBuilder<unknown> {
  return ids.length === 0 ? raw`null` : raw.join(ids);
}
