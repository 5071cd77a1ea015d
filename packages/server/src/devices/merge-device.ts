/** What a machine's hello or network boot changes in the devices: new rows, learned ids, duplicates. */
import { isDeepStrictEqual } from 'node:util';
import type { DeviceFacts, DeviceState } from '@ostler/contract';
import { sql as raw } from 'kysely';
import type { Logger } from 'pino';
import { hasSameAddress, hasSameSerial, nameForMachine, type MachineIdentity } from './identity.ts';
import { noteDevice } from './note-device.ts';
import {
  deleteDevice,
  findDevice,
  findDeviceByIdentity,
  getDevice,
  insertDevice,
  isSeenOnly,
  knownIdentities,
  updateDevice,
  type DeviceChange,
  type Queries,
  type StoredDevice,
} from './store.ts';

/** Devices that were only ever seen (never approved, never deployed) above this number give way to newer ones. */
const seenOnlyLimit = 500;

export interface SeenMachine {
  /** Without disregarded ids. */
  readonly identity: MachineIdentity;
  /** What it is when the site does not know it yet. */
  readonly stateIfNew: DeviceState;
  readonly nowMs: number;
}

/**
 * The device of a machine that asked for something; made when it is new. Call it inside a transaction. Null when the machine has
 * no id of its own at all.
 */
export async function seeMachine(sql: Queries, seen: SeenMachine): Promise<StoredDevice | null> {
  const { identity, stateIfNew, nowMs } = seen;
  const found = await findDeviceByIdentity(sql, identity);
  if (found !== null) {
    const waits = found.state === 'unknown' && stateIfNew === 'pending' && !(await isRunning(sql, found.id));
    await updateDevice(sql, found.id, { lastSeenAtMs: nowMs, ...(waits ? { state: 'pending' } : {}) });
    if (!waits) return found;
    await noteDevice(sql, 'device.waiting', found, nowMs);
    return { ...found, state: 'pending' };
  }
  const macAddresses = await freeMacAddresses(sql, identity);
  if (identity.smbiosUuid === null && macAddresses.length === 0) return null;
  await forgetOldestSeen(sql);
  const name = nameForMachine(identity);
  const id = await insertDevice(sql, { ...identity, macAddresses, name, state: stateIfNew, lastSeenAtMs: nowMs }, nowMs);
  if (stateIfNew === 'pending') await noteDevice(sql, 'device.waiting', { id, name }, nowMs);
  return findDevice(sql, id);
}

/** What a machine that has proven itself says. */
interface ProvenFacts {
  readonly facts: DeviceFacts;
  /** Without disregarded ids. */
  readonly identity: MachineIdentity;
  readonly nowMs: number;
}

/**
 * Takes a proven machine's facts over: it learns the UUID of a device known by MAC address and the other way round. Rows that were
 * only ever seen and turn out to be this machine are joined with it. Ids that belong to another real device stay there.
 */
export async function mergeFacts(sql: Queries, deviceId: string, hello: ProvenFacts, log: Logger): Promise<StoredDevice> {
  const device = await getDevice(sql, deviceId);
  const others = (await knownIdentities(sql, hello.identity)).filter((known) => known.deviceId !== deviceId);
  const taken: MachineIdentity[] = [];
  for (const other of others) {
    // A serial number alone does not tell that another one that was only seen is this machine.
    if (other.isSeenOnly && hasSameAddress(hello.identity, other)) await deleteDevice(sql, other.deviceId);
    else if (!other.isSeenOnly) {
      taken.push(other);
      log.warn({ deviceId, otherDeviceId: other.deviceId }, 'two devices share a hardware id');
    }
  }
  const learned = learnedFrom(hello, device, { others, taken });
  await updateDevice(sql, deviceId, { lastSeenAtMs: hello.nowMs, ...learned });
  return Object.keys(learned).length === 0 ? device : getDevice(sql, deviceId);
}

/** For the change of a device: facts that it has said before are not written again, for a fleet that boots would have all its memberships evaluated. */
export function newFacts({ facts: known }: Pick<StoredDevice, 'facts'>, facts: DeviceFacts): Pick<DeviceChange, 'facts'> {
  return isDeepStrictEqual(known, facts) ? {} : { facts };
}

/**
 * What a device did not know of itself.
 * @param taken those of the others that are real
 */
function learnedFrom(
  { facts, identity: { smbiosUuid, serialNumber = null, macAddresses: said } }: ProvenFacts,
  device: StoredDevice,
  { others, taken }: { readonly others: readonly MachineIdentity[]; readonly taken: readonly MachineIdentity[] },
): DeviceChange {
  const uuidTaken = taken.some((other) => other.smbiosUuid !== null && other.smbiosUuid === smbiosUuid);
  const serialTaken = others.some((other) => hasSameSerial({ smbiosUuid, serialNumber, macAddresses: said }, other));
  const macs = said.filter((mac) => !taken.some((other) => other.macAddresses.includes(mac)));
  const macAddresses = [...new Set([...device.macAddresses, ...macs])].slice(-64);
  const hasNewMac = macAddresses.some((mac) => !device.macAddresses.includes(mac));
  return {
    ...newFacts(device, facts),
    ...(hasNewMac ? { macAddresses } : {}),
    ...(device.smbiosUuid === null && !uuidTaken && smbiosUuid !== null ? { smbiosUuid } : {}),
    ...(device.serialNumber === null && !serialTaken && serialNumber !== null ? { serialNumber } : {}),
  };
}

/** A run that has begun goes on, also when the site has become stricter meanwhile. */
async function isRunning(sql: Queries, deviceId: string): Promise<boolean> {
  const run = await sql.selectFrom('runs').select('id').where('device_id', '=', deviceId).where('state', '=', 'running').executeTakeFirst();
  return run !== undefined;
}

async function freeMacAddresses(sql: Queries, identity: MachineIdentity): Promise<string[]> {
  const known = await knownIdentities(sql, { smbiosUuid: null, macAddresses: identity.macAddresses });
  return identity.macAddresses.filter((mac) => !known.some((other) => other.macAddresses.includes(mac)));
}

/** Anyone on the network can make up MAC addresses: their rows are bounded. */
async function forgetOldestSeen(sql: Queries): Promise<void> {
  const seenOnly = sql.selectFrom('devices').where(isSeenOnly);
  const { count } = await seenOnly.select(raw<number>`count(*)`.as('count')).executeTakeFirstOrThrow();
  const surplus = count - seenOnlyLimit + 1;
  if (surplus <= 0) return;
  const oldest = await seenOnly.select('id').orderBy('last_seen_at').limit(surplus).execute();
  for (const { id } of oldest) await deleteDevice(sql, id);
}
