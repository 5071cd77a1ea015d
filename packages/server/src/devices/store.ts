/** Devices and their ids in the database. Who a machine is: identity.ts; what a hello changes: merge-device.ts. */
import { OstlerError, type Device, type DeviceFacts, type DeviceState } from '@ostler/contract';
import { sql as raw, type SqlBool, type Transaction } from 'kysely';
import type { Database } from '../database/database.ts';
import { isOneOf } from '../database/is-one-of.ts';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import { partsOf } from './device-parts.ts';
import { matchDevice, type KnownIdentity, type MachineIdentity } from './identity.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { searchWords } from './search-words.ts';
import { serialKey } from './serial-number.ts';
import { setTags } from './tags-store.ts';

type Row = Tables['devices'];
export type Queries = Database['sql'] | Transaction<Tables>;

export interface NewDevice extends MachineIdentity {
  readonly name: string;
  readonly state: DeviceState;
  readonly lastSeenAtMs: number | null;
  readonly tags?: readonly string[];
}
export interface DeviceChange {
  readonly name?: string | undefined;
  readonly state?: DeviceState | undefined;
  readonly smbiosUuid?: string | null | undefined;
  readonly serialNumber?: string | null | undefined;
  readonly macAddresses?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly facts?: DeviceFacts | undefined;
  readonly bootOnce?: boolean | undefined;
  readonly lastSeenAtMs?: number | undefined;
  /** `seenAtMs` is null once the claim has been granted: nobody waits any more. */
  readonly claim?: { readonly hash: string; readonly seenAtMs: number | null } | null | undefined;
}
/** A device with what only the server knows. */
export interface StoredDevice extends Device {
  readonly claimHash: string | null;
  readonly claimSeenAtMs: number | null;
}

export async function devicesById(sql: Queries, ids: readonly string[]): Promise<Device[]> {
  if (ids.length === 0) return [];
  return asDevices(
    sql,
    await sql
      .selectFrom('devices')
      .selectAll()
      .where(isOneOf(sql, 'id', ids))
      .orderBy('name')
      .execute(),
  );
}

/** @throws OstlerError NOT_FOUND */
export async function getDevice(sql: Queries, id: string): Promise<StoredDevice> {
  const device = await findDevice(sql, id);
  if (device === null) throw new OstlerError('NOT_FOUND', { kind: 'device', id });
  return device;
}

export async function findDevice(sql: Queries, id: string): Promise<StoredDevice | null> {
  const row = await sql.selectFrom('devices').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return null;
  const [device] = await asDevices(sql, [row]);
  return device === undefined ? null : { ...device, claimHash: row.claim_hash, claimSeenAtMs: row.claim_seen_at };
}

/** Without what only the server knows. */
export function asDevice({ claimHash: _claim, claimSeenAtMs: _seen, ...device }: StoredDevice): Device {
  return device;
}

/** `identity` without disregarded ids. */
export async function findDeviceByIdentity(sql: Queries, identity: MachineIdentity): Promise<StoredDevice | null> {
  const id = matchDevice(identity, await knownIdentities(sql, identity));
  return id === null ? null : findDevice(sql, id);
}

/** For the `where` of a query over devices: those that were never approved and never deployed, only met on the network. */
export const isSeenOnly = raw<SqlBool>`devices.state in ('unknown', 'pending')
  and not exists (select 1 from runs where runs.device_id = devices.id)`;

/** Every device that has one of the ids, in a fixed order. */
export async function knownIdentities(sql: Queries, identity: MachineIdentity): Promise<KnownIdentity[]> {
  const macAddresses = identity.macAddresses.length > 0 ? identity.macAddresses : [''];
  // Each by its index: a condition over both tables would read every device.
  const ids = sql
    .selectFrom('devices')
    .select('id')
    .where('smbios_uuid', '=', identity.smbiosUuid ?? '')
    .union(sql.selectFrom('device_mac_addresses').select('device_id as id').where('mac_address', 'in', macAddresses))
    .union(
      sql
        .selectFrom('devices')
        .select('id')
        .where(raw<SqlBool>`lower(serial_number) = ${serialKey(identity.serialNumber ?? '')}`),
    );
  const rows = await sql
    .selectFrom('devices')
    .leftJoin('device_mac_addresses', 'device_mac_addresses.device_id', 'devices.id')
    .select(['devices.id', 'devices.smbios_uuid', 'devices.serial_number', 'device_mac_addresses.mac_address'])
    .select(raw<0 | 1>`case when ${isSeenOnly} then 1 else 0 end`.as('seen_only'))
    .where('devices.id', 'in', ids)
    .orderBy('devices.created_at')
    .orderBy('devices.id')
    .execute();
  const byDevice = Map.groupBy(rows, (row) => row.id);
  return [...byDevice].map(([deviceId, found]) => ({
    deviceId,
    smbiosUuid: found[0]?.smbios_uuid ?? null,
    serialNumber: found[0]?.serial_number ?? null,
    isSeenOnly: found[0]?.seen_only === 1,
    macAddresses: found.flatMap((row) => (row.mac_address === null ? [] : [row.mac_address])),
  }));
}

export async function insertDevice(sql: Queries, device: NewDevice, nowMs: number): Promise<string> {
  const id = newId('device');
  await sql
    .insertInto('devices')
    .values({
      id,
      name: device.name,
      state: device.state,
      smbios_uuid: device.smbiosUuid,
      serial_number: device.serialNumber ?? null,
      search_words: '',
      boot_once: 0,
      claim_hash: null,
      claim_seen_at: null,
      last_seen_at: device.lastSeenAtMs,
      created_at: nowMs,
      model: '',
      memberships_stale: 1,
    })
    .execute();
  await setMacAddresses(sql, id, device.macAddresses);
  if (device.tags !== undefined) await setTags(sql, id, device.tags);
  await refreshSearchWords(sql, id);
  return id;
}

export async function updateDevice(sql: Queries, id: string, change: DeviceChange): Promise<void> {
  const values = changedColumns(change);
  if (Object.keys(values).length > 0) await sql.updateTable('devices').set(values).where('id', '=', id).execute();
  if (change.macAddresses !== undefined) await setMacAddresses(sql, id, change.macAddresses);
  if (change.tags !== undefined) await setTags(sql, id, change.tags);
  if (change.facts !== undefined) await setFacts(sql, id, change.facts);
  const { name, smbiosUuid, serialNumber, macAddresses, tags, facts } = change;
  if ([name, smbiosUuid, serialNumber, macAddresses, tags, facts].some((each) => each !== undefined)) await refreshSearchWords(sql, id);
}

/** When it was seen last is asked with the next evaluation of all: a computer that only says that it is there changes nothing. */
function isAskable({ name, state, smbiosUuid, facts, macAddresses, tags }: DeviceChange): boolean {
  return [name, state, smbiosUuid, facts, macAddresses, tags].some((value) => value !== undefined);
}

/** Something that the queries of collections can ask has changed beside the device's own row. Call it in the transaction of the change. */
export async function markStale(sql: Queries, id: string): Promise<void> {
  await sql.updateTable('devices').set({ memberships_stale: 1 }).where('id', '=', id).execute();
}

function changedColumns(change: DeviceChange): Partial<Row> {
  const { name, state, smbiosUuid, serialNumber, lastSeenAtMs, bootOnce, facts, claim } = change;
  const flag = bootOnce === true ? 1 : 0;
  return withoutUndefined<Row>({
    name,
    state,
    smbios_uuid: smbiosUuid,
    serial_number: serialNumber,
    model: facts === undefined ? undefined : modelOf(facts),
    last_seen_at: lastSeenAtMs,
    boot_once: bootOnce === undefined ? undefined : flag,
    memberships_stale: isAskable(change) ? 1 : undefined,
    ...(claim === undefined ? {} : { claim_hash: claim?.hash ?? null, claim_seen_at: claim?.seenAtMs ?? null }),
  });
}

/** Manufacturer and model in one; empty: it does not say what it is. */
export function modelOf({ manufacturer, model }: Pick<DeviceFacts, 'manufacturer' | 'model'>): string {
  return model === '' ? '' : `${manufacturer} ${model}`;
}

/** The columns that are to change: what was not given stays. */
function withoutUndefined<T extends object>(values: { readonly [K in keyof T]?: T[K] | undefined }): Partial<T> {
  // Safe: only entries are left out, and those that stay are of T's types.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Whether a computer is known by its serial number alone, and has not been met yet: only its agent can say that it is that one. */
export async function isAwaitedBySerial(sql: Queries): Promise<boolean> {
  const hasMac = raw<SqlBool>`exists (select 1 from device_mac_addresses where device_id = devices.id)`;
  const found = sql.selectFrom('devices').select('id').where('serial_number', 'is not', null).where('smbios_uuid', 'is', null);
  return (
    (await found
      .where('state', '=', 'approved')
      .where((is) => is.not(hasMac))
      .limit(1)
      .executeTakeFirst()) !== undefined
  );
}

/** With its variables, memberships and key; its runs stay as history. */
export async function deleteDevice(sql: Queries, id: string): Promise<void> {
  await sql.deleteFrom('variables').where('owner_kind', '=', 'device').where('owner_id', '=', id).execute();
  await sql.deleteFrom('devices').where('id', '=', id).execute();
}

async function setFacts(sql: Queries, id: string, facts: DeviceFacts): Promise<void> {
  const values = { facts: JSON.stringify(facts) };
  await sql
    .insertInto('device_facts')
    .values({ device_id: id, ...values })
    .onConflict((conflict) => conflict.column('device_id').doUpdateSet(values))
    .execute();
}

/** Whatever it is found by has changed. Call it in the transaction of the change. */
export async function refreshSearchWords(sql: Queries, id: string): Promise<void> {
  const device = await getDevice(sql, id);
  await sql
    .updateTable('devices')
    .set({ search_words: searchWords(device) })
    .where('id', '=', id)
    .execute();
}

async function setMacAddresses(sql: Queries, id: string, macAddresses: readonly string[]): Promise<void> {
  await sql.deleteFrom('device_mac_addresses').where('device_id', '=', id).execute();
  const values = [...new Set(macAddresses)].map((mac_address) => ({ mac_address, device_id: id }));
  if (values.length > 0) await sql.insertInto('device_mac_addresses').values(values).execute();
}

async function asDevices(sql: Queries, rows: readonly Row[]): Promise<Device[]> {
  if (rows.length === 0) return [];
  const { facts, tags, users, macAddresses } = await partsOf(
    sql,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    state: row.state,
    tags: tags.get(row.id) ?? [],
    users: users.get(row.id) ?? [],
    macAddresses: macAddresses.get(row.id) ?? [],
    smbiosUuid: row.smbios_uuid,
    serialNumber: row.serial_number,
    facts: facts.get(row.id) ?? null,
    bootOnce: row.boot_once === 1,
    lastSeenAt: isoTimeOrNull(row.last_seen_at),
    createdAt: isoTime(row.created_at),
  }));
}
