/** What hangs on a device: what its deletion takes along, and what stays although it is of the device. */
import type { DeviceDependents } from '@ostler/contract';
import { sql as raw } from 'kysely';
import type { Queries } from '../store.ts';

const countAll = raw<number>`count(*)`.as('count');

export async function dependentsOf(sql: Queries, id: string): Promise<DeviceDependents> {
  const variables = await sql
    .selectFrom('variables')
    .select(countAll)
    .where('owner_kind', '=', 'device')
    .where('owner_id', '=', id)
    .executeTakeFirstOrThrow();
  const rules = await sql.selectFrom('collection_rules').select(countAll).where('device_id', '=', id).executeTakeFirstOrThrow();
  const users = await sql.selectFrom('device_users').select(countAll).where('device_id', '=', id).executeTakeFirstOrThrow();
  const changes = await sql.selectFrom('device_inventory_changes').select(countAll).where('device_id', '=', id).executeTakeFirstOrThrow();
  const runs = await sql.selectFrom('runs').select(countAll).where('device_id', '=', id).executeTakeFirstOrThrow();
  const keys = await sql.selectFrom('recovery_keys').select(countAll).where('device_id', '=', id).executeTakeFirstOrThrow();
  const stores = await sql.selectFrom('state_stores').select(countAll).where('device_id', '=', id).executeTakeFirstOrThrow();
  return {
    goes: {
      variables: variables.count,
      users: users.count,
      collectionRules: rules.count,
      inventoryChanges: changes.count,
      associations: await associationsOf(sql, id),
    },
    stays: { runs: runs.count, recoveryKeys: keys.count, stateStores: stores.count },
  };
}

async function associationsOf(sql: Queries, id: string): Promise<string[]> {
  const rows = await sql
    .selectFrom('device_associations as a')
    .innerJoin('devices as source', 'source.id', 'a.source_id')
    .innerJoin('devices as destination', 'destination.id', 'a.destination_id')
    .select(['source.name as source', 'destination.name as destination'])
    .where((has) => has.or([has('a.source_id', '=', id), has('a.destination_id', '=', id)]))
    .orderBy('source.name')
    .orderBy('destination.name')
    .execute();
  return rows.map(({ source, destination }) => `${source} → ${destination}`);
}
