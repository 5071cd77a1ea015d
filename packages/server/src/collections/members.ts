/** Who is in collections, as a part of other queries. */
import { builtInCollections, type DeviceState } from '@ostler/contract';
import { sql as raw, type RawBuilder } from 'kysely';

/** Members of the built-in collections: by the state of the device. */
export const builtInStates: Readonly<Record<string, DeviceState>> = {
  [builtInCollections.allSystems]: 'approved',
  [builtInCollections.allUnknownComputers]: 'unknown',
};

/** A subquery: the ids of all devices in any of these collections. */
export function membersOf(collectionIds: readonly string[]): RawBuilder<{ device_id: string }> {
  const states = collectionIds.flatMap((id) => builtInStates[id] ?? []);
  const [ids, inStates] = [collectionIds, states].map((each) => (each.length === 0 ? raw`null` : raw.join(each)));
  return raw`select device_id from collection_members where collection_id in (${ids})
    union select id from devices where state in (${inStates})`;
}
