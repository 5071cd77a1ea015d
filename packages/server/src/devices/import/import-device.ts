/** Makes one computer known: a new device, or one that the site has met or knows already. */
import { OstlerError, type ImportDevice } from '@ostler/contract';
import type { Sight } from '../../access/rights.ts';
import { idsWithin } from '../../access/visible.ts';
import { hasSameAddress, regardedIdentity, type Disregarded, type KnownIdentity, type MachineIdentity } from '../identity.ts';
import { noteDevice } from '../note-device.ts';
import type { SecretSeal } from '../../sealing/secret-seal.ts';
import { deleteDevice, getDevice, insertDevice, knownIdentities, updateDevice, type Queries, type StoredDevice } from '../store.ts';
import { nameUsers } from '../users/store.ts';
import { setVariable } from '../variables-store.ts';

export interface ImportDependencies {
  readonly disregarded: Disregarded;
  readonly seal: SecretSeal;
  readonly nowMs: number;
  /** The devices that may be changed: others are refused also where duplicates are to be merged. */
  readonly changeable: Sight;
  /** Who imports. */
  readonly by: string;
}
export interface ImportedDevice {
  readonly id: string;
  readonly action: 'created' | 'merged';
}

/**
 * Call it inside a transaction. What it refuses it refuses before it has written anything. Its collection is the caller's.
 * @throws OstlerError DEVICE_ID_TAKEN, DEVICE_ID_DISREGARDED, SERIAL_NUMBER_DISREGARDED, DEVICE_IDS_CONFLICT, ALREADY_EXISTS
 */
export async function importDevice(sql: Queries, entry: ImportDevice, dependencies: ImportDependencies): Promise<ImportedDevice> {
  const { disregarded, seal, nowMs, changeable, by } = dependencies;
  refuseDisregarded(entry, disregarded);
  const { device, absorbed } = await deviceToBecome(sql, entry, changeable);
  await refuseName(sql, entry.name, [device?.id ?? '', ...absorbed]);
  for (const id of absorbed) await deleteDevice(sql, id);
  const id = device === null ? await insertDevice(sql, { ...entry, state: 'approved', lastSeenAtMs: null }, nowMs) : device.id;
  if (device !== null) await mergeInto(sql, device, entry);
  if (device?.state === 'pending') await noteDevice(sql, 'device.approved', { id, name: entry.name }, nowMs);
  for (const variable of entry.variables) await setVariable(sql, { kind: 'device', id }, variable, seal);
  await nameUsers(sql, id, entry.users, { state: 'confirmed', source: 'import', by, runId: null, nowMs });
  return { id, action: device === null ? 'created' : 'merged' };
}

/** @throws OstlerError DEVICE_ID_DISREGARDED, SERIAL_NUMBER_DISREGARDED */
export function refuseDisregarded(identity: MachineIdentity, disregarded: Disregarded): void {
  const regarded = regardedIdentity(identity, disregarded);
  if (identity.smbiosUuid !== null && regarded.smbiosUuid === null) {
    throw new OstlerError('DEVICE_ID_DISREGARDED', { kind: 'SMBIOS UUID', value: identity.smbiosUuid });
  }
  const shared = identity.macAddresses.find((mac) => !regarded.macAddresses.includes(mac));
  if (shared !== undefined) throw new OstlerError('DEVICE_ID_DISREGARDED', { kind: 'MAC address', value: shared });
  const { serialNumber = null } = identity;
  if (serialNumber !== null && !regarded.serialNumber) {
    throw new OstlerError('SERIAL_NUMBER_DISREGARDED', { value: serialNumber });
  }
}

/** @param except devices that have the name by right. @throws OstlerError ALREADY_EXISTS */
export async function refuseName(sql: Queries, name: string, except: readonly string[]): Promise<void> {
  const same = await sql
    .selectFrom('devices')
    .select('id')
    .where((has) => has(has.fn<string>('lower', ['name']), '=', name.toLowerCase()))
    .where('id', 'not in', except)
    .executeTakeFirst();
  if (same !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'device', name });
}

interface Target {
  /** Null: a new one. */
  readonly device: StoredDevice | null;
  /** Devices that were only ever seen and turn out to be the same computer. */
  readonly absorbed: readonly string[];
}

/** Ids of one known device are a duplicate; ids of two are a conflict, that only a person can solve. */
async function deviceToBecome(sql: Queries, entry: ImportDevice, changeable: Sight): Promise<Target> {
  const seen: KnownIdentity[] = [];
  const real: KnownIdentity[] = [];
  for (const known of await knownIdentities(sql, entry)) {
    if (known.isSeenOnly) seen.push(known);
    else real.push(known);
  }
  const [first, second] = real;
  if (first === undefined) {
    const [own, ...others] = seen.map(({ deviceId }) => deviceId);
    return { device: own === undefined ? null : await getDevice(sql, own), absorbed: others };
  }
  const device = await getDevice(sql, first.deviceId);
  const [kind, value] = sharedId(entry, first);
  if (second !== undefined) {
    const other = await getDevice(sql, second.deviceId);
    const [otherKind, otherValue] = sharedId(entry, second);
    const reason = `the ${kind} ${value} is of ${device.name}, the ${otherKind} ${otherValue} of ${other.name}`;
    throw new OstlerError('DEVICE_IDS_CONFLICT', { reason });
  }
  const mayMerge = entry.duplicates === 'merge' && (await idsWithin(sql, changeable, [device.id])).has(device.id);
  if (!mayMerge) throw new OstlerError('DEVICE_ID_TAKEN', { kind, value, name: device.name });
  if (entry.smbiosUuid !== null && device.smbiosUuid !== null && device.smbiosUuid !== entry.smbiosUuid) {
    const reason = `the ${kind} ${value} is of ${device.name}, which has the SMBIOS UUID ${device.smbiosUuid}`;
    throw new OstlerError('DEVICE_IDS_CONFLICT', { reason });
  }
  return { device, absorbed: seen.map(({ deviceId }) => deviceId) };
}

/** The kind and the value of the id that a known device has too. */
export function sharedId(identity: MachineIdentity, known: KnownIdentity): readonly [string, string] {
  const mac = known.macAddresses.find((each) => identity.macAddresses.includes(each));
  if (mac !== undefined) return ['MAC address', mac];
  return hasSameAddress(identity, known) ? ['SMBIOS UUID', identity.smbiosUuid ?? ''] : ['serial number', identity.serialNumber ?? ''];
}

async function mergeInto(
  sql: Queries,
  device: StoredDevice,
  { name, smbiosUuid, serialNumber, macAddresses, tags }: ImportDevice,
): Promise<void> {
  await updateDevice(sql, device.id, {
    name,
    // Somebody has blocked it for a reason that an import does not know.
    state: device.state === 'blocked' ? 'blocked' : 'approved',
    smbiosUuid: smbiosUuid ?? device.smbiosUuid,
    serialNumber: serialNumber ?? device.serialNumber,
    macAddresses: [...new Set([...device.macAddresses, ...macAddresses])],
    tags: [...device.tags, ...tags],
  });
}
