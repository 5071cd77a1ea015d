/** Who is in collections, as a part of other queries. Who is to be in them: memberships.ts. */
import { builtInCollections, type DeviceState } from '@ostler/contract';
import { sql as raw, type RawBuilder, type SqlBool } from 'kysely';

/**
 * Members of the built-in collections: by the state of the device. A blocked one stays where it was, and gets nothing; one that waits for
 * approval is nowhere yet.
 */
const builtInStates: Readonly<Record<string, readonly DeviceState[]>> = {
  [builtInCollections.allSystems]: ['approved', 'blocked'],
  [builtInCollections.allUnknownComputers]: ['unknown'],
};

/** The states of the devices that are its members; null for a collection with rules. */
export function statesOfBuiltIn(collectionId: string): readonly DeviceState[] | null {
  return builtInStates[collectionId] ?? null;
}

/** The built-in collection that a device in this state is in, or null. */
export function builtInCollectionOf(state: DeviceState): string | null {
  return Object.entries(builtInStates).find(([, members]) => members.includes(state))?.[0] ?? null;
}

/** A subquery: the ids of all devices in any of these collections. */
export function membersOf(collectionIds: readonly string[]): RawBuilder<{ device_id: string }> {
  const states = collectionIds.flatMap((id) => statesOfBuiltIn(id) ?? []);
  const [ids, inStates] = [collectionIds, states].map((each) => (each.length === 0 ? raw`null` : raw.join(each)));
  return raw`select device_id from collection_members where collection_id in (${ids})
    union select id from devices where state in (${inStates})`;
}

/** For the `where` of a query over `devices` alone: those in this collection. */
export function isMemberOf(collectionId: string): RawBuilder<SqlBool> {
  const states = statesOfBuiltIn(collectionId);
  return states === null
    ? raw<SqlBool>`id in (select device_id from collection_members where collection_id = ${collectionId})`
    : raw<SqlBool>`state in (${raw.join(states)})`;
}
