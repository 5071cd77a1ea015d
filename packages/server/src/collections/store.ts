/** Collections and who is in them. The two built-in ones are computed from the devices' states. */
import { OstlerError, type Collection, type Device, type DeviceState } from '@ostler/contract';
import { sql as raw } from 'kysely';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import { builtInStates } from './members.ts';
import { devicesById, listDevices, type Queries } from '../devices/store.ts';

/** The built-in collection that a device in this state is in, or null. */
export function builtInCollectionOf(state: DeviceState): string | null {
  return Object.entries(builtInStates).find(([, member]) => member === state)?.[0] ?? null;
}

export async function listCollections(sql: Queries): Promise<Collection[]> {
  const rows = await sql.selectFrom('collections').selectAll().orderBy('built_in', 'desc').orderBy('name').execute();
  return Promise.all(rows.map((row) => asCollection(sql, row)));
}

/** @throws OstlerError NOT_FOUND */
export async function getCollection(sql: Queries, id: string): Promise<Collection> {
  const row = await sql.selectFrom('collections').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'collection', id });
  return asCollection(sql, row);
}

/** @throws OstlerError ALREADY_EXISTS */
export async function createCollection(sql: Queries, body: Pick<Collection, 'name' | 'priority'>, nowMs: number): Promise<Collection> {
  const same = await sql.selectFrom('collections').select('id').where('name', '=', body.name).executeTakeFirst();
  if (same !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'collection', name: body.name });
  const id = newId('collection');
  await sql
    .insertInto('collections')
    .values({ id, ...body, built_in: 0, created_at: nowMs })
    .execute();
  return getCollection(sql, id);
}

/** With its variables. @throws OstlerError COLLECTION_BUILT_IN, IN_USE */
export async function deleteCollection(sql: Queries, id: string): Promise<void> {
  const { name } = await requireOwn(sql, id);
  const users = await sql
    .selectFrom('deployments')
    .innerJoin('task_sequences', 'task_sequences.id', 'deployments.task_sequence_id')
    .select('task_sequences.name')
    .where('collection_id', '=', id)
    .execute();
  if (users.length > 0) {
    throw new OstlerError('IN_USE', { kind: 'collection', name, users: users.map((user) => `the deployment of ${user.name}`).join(', ') });
  }
  await sql.deleteFrom('variables').where('owner_kind', '=', 'collection').where('owner_id', '=', id).execute();
  await sql.deleteFrom('collections').where('id', '=', id).execute();
}

export async function collectionMembers(sql: Queries, id: string): Promise<Device[]> {
  const state = builtInStates[id];
  if (state !== undefined) return listDevices(sql, state);
  const rows = await sql.selectFrom('collection_members').select('device_id').where('collection_id', '=', id).execute();
  const devices: Device[] = [];
  for (let from = 0; from < rows.length; from += 400) {
    devices.push(
      ...(await devicesById(
        sql,
        rows.slice(from, from + 400).map((row) => row.device_id),
      )),
    );
  }
  return devices;
}

/** @throws OstlerError COLLECTION_BUILT_IN */
export async function addMember(sql: Queries, id: string, deviceId: string): Promise<void> {
  await requireOwn(sql, id);
  const row = { collection_id: id, device_id: deviceId };
  await sql
    .insertInto('collection_members')
    .values(row)
    .onConflict((conflict) => conflict.columns(['collection_id', 'device_id']).doNothing())
    .execute();
}

/** @throws OstlerError COLLECTION_BUILT_IN, NOT_FOUND */
export async function removeMember(sql: Queries, id: string, deviceId: string): Promise<void> {
  await requireOwn(sql, id);
  const { numDeletedRows } = await sql
    .deleteFrom('collection_members')
    .where('collection_id', '=', id)
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new OstlerError('NOT_FOUND', { kind: 'member', id: deviceId });
}

/** Every collection that a device is in, the built-in one with it, by rising priority; equal ones by name. */
export async function collectionsOf(sql: Queries, device: Pick<Device, 'id' | 'state'>): Promise<{ id: string; priority: number }[]> {
  const builtIn = builtInCollectionOf(device.state) ?? '';
  const member = sql.selectFrom('collection_members').select('collection_id').where('device_id', '=', device.id);
  return sql
    .selectFrom('collections')
    .select(['id', 'priority'])
    .where((has) => has.or([has('id', '=', builtIn), has('id', 'in', member)]))
    .orderBy('priority')
    .orderBy('name')
    .execute();
}

async function requireOwn(sql: Queries, id: string): Promise<Collection> {
  const collection = await getCollection(sql, id);
  if (collection.builtIn) throw new OstlerError('COLLECTION_BUILT_IN', { name: collection.name });
  return collection;
}

const countAll = raw<number>`count(*)`.as('count');

async function asCollection(sql: Queries, row: Tables['collections']): Promise<Collection> {
  const state = builtInStates[row.id];
  const { count } =
    state === undefined
      ? await sql.selectFrom('collection_members').where('collection_id', '=', row.id).select(countAll).executeTakeFirstOrThrow()
      : await sql.selectFrom('devices').where('state', '=', state).select(countAll).executeTakeFirstOrThrow();
  const { id, name, priority } = row;
  return { id, name, priority, builtIn: row.built_in === 1, memberCount: count, createdAt: new Date(row.created_at).toISOString() };
}
