/** Handlers of the device routes. */
import { OstlerError, type Device, type ParsedRequest } from '@ostler/contract';
import { sightOfCaller } from '../access/caller.ts';
import { within } from '../access/visible.ts';
import type { SettledMemberships } from '../collections/memberships.ts';
import type { Database } from '../database/database.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { devicePage } from './device-page.ts';
import { effectiveVariables } from './effective-variables.ts';
import { regardedIdentity, type Disregarded, type MachineIdentity } from './identity.ts';
import type { SecretSeal } from './secret-seal.ts';
import { deleteDevice, getDevice, insertDevice, knownIdentities, updateDevice, type Queries, type StoredDevice } from './store.ts';
import { deleteVariable, listVariables, setVariable } from './variables-store.ts';

export interface DeviceDependencies {
  readonly database: Database;
  readonly seal: SecretSeal;
  readonly memberships: SettledMemberships;
  readonly siteSettings: { get(): Promise<Disregarded> };
  readonly now: () => number;
}

type DeviceUpdate = ParsedRequest<'devices.update'>['body'];

export function deviceHandlers(dependencies: DeviceDependencies): HandlersOf<'devices'> {
  return { ...ownHandlers(dependencies), ...variableHandlers(dependencies) };
}

function ownHandlers({ database, memberships, siteSettings, now }: DeviceDependencies) {
  const { sql } = database;
  const known = (id: string): Promise<Device> => getDevice(sql, id).then(asDevice);
  const changed = async (id: string): Promise<Device> => {
    await memberships.settle(id);
    return known(id);
  };
  return {
    'devices.list': ({ query }, { caller }) => devicePage(sql, query, within(sightOfCaller(caller, 'devices.read'), 'devices.id')),
    'devices.get': ({ params }) => known(params.id),
    'devices.import': async ({ body }) => {
      const disregarded = await siteSettings.get();
      const id = await sql.transaction().execute((transaction) => importDevice(transaction, body, disregarded, now()));
      return changed(id);
    },
    'devices.update': async ({ params: { id }, body }, { log }) => {
      const disregarded = await siteSettings.get();
      const before = await sql.transaction().execute((transaction) => changeDevice(transaction, id, body, disregarded));
      const { state } = body;
      if (state !== undefined && state !== before.state) log.info({ deviceId: id, deviceName: before.name, state }, 'device state set');
      return changed(id);
    },
    'devices.delete': async ({ params: { id } }) => {
      await sql.transaction().execute(async (transaction) => {
        const { name } = await getDevice(transaction, id);
        const running = await transaction
          .selectFrom('runs')
          .select('id')
          .where('device_id', '=', id)
          .where('state', '=', 'running')
          .executeTakeFirst();
        if (running !== undefined) throw new OstlerError('DEVICE_RUNNING', { name });
        await deleteDevice(transaction, id);
      });
      return { ok: true };
    },
  } satisfies Partial<HandlersOf<'devices'>>;
}

function variableHandlers({ database: { sql }, seal, memberships }: DeviceDependencies) {
  return {
    'devices.variables': async ({ params: { id } }) => {
      await getDevice(sql, id);
      return { items: await listVariables(sql, { kind: 'device', id }) };
    },
    'devices.effectiveVariables': async ({ params: { id } }) => {
      await memberships.settle(id);
      return { items: await effectiveVariables(sql, await getDevice(sql, id)) };
    },
    'devices.setVariable': async ({ params: { id, name }, body }) => {
      await getDevice(sql, id);
      const variable = await sql
        .transaction()
        .execute((transaction) => setVariable(transaction, { kind: 'device', id }, { name, ...body }, seal));
      await memberships.settle(id);
      return variable;
    },
    'devices.deleteVariable': async ({ params: { id, name } }) => {
      await getDevice(sql, id);
      await sql.transaction().execute((transaction) => deleteVariable(transaction, { kind: 'device', id }, name));
      await memberships.settle(id);
      return { ok: true };
    },
  } satisfies Partial<HandlersOf<'devices'>>;
}

/** @returns the device as it was */
async function changeDevice(sql: Queries, id: string, body: DeviceUpdate, disregarded: Disregarded): Promise<StoredDevice> {
  const device = await getDevice(sql, id);
  const { name, state, macAddresses, smbiosUuid, tags } = body;
  await refuseTaken(sql, { smbiosUuid: smbiosUuid ?? null, macAddresses: macAddresses ?? [] }, id, disregarded);
  if (name !== undefined) await refuseName(sql, name, id);
  await updateDevice(sql, id, { name, state, macAddresses, smbiosUuid, tags, claim: state === 'blocked' ? null : undefined });
  // Whoever may not go on loses the key at once.
  if (state !== undefined && state !== 'approved') await sql.deleteFrom('agent_keys').where('device_id', '=', id).execute();
  return device;
}

/** A machine that was only ever seen becomes the imported device; ids of any other device are refused. */
async function importDevice(
  sql: Queries,
  body: ParsedRequest<'devices.import'>['body'],
  disregarded: Disregarded,
  nowMs: number,
): Promise<string> {
  const seen = await seenDevice(sql, body);
  await refuseTaken(sql, body, seen, disregarded);
  await refuseName(sql, body.name, seen);
  if (seen === null) return insertDevice(sql, { ...body, state: 'approved', lastSeenAtMs: null }, nowMs);
  const device = await getDevice(sql, seen);
  await updateDevice(sql, seen, {
    name: body.name,
    state: 'approved',
    smbiosUuid: body.smbiosUuid ?? device.smbiosUuid,
    macAddresses: [...new Set([...device.macAddresses, ...body.macAddresses])],
    tags: [...device.tags, ...body.tags],
  });
  return seen;
}

async function seenDevice(sql: Queries, identity: MachineIdentity): Promise<string | null> {
  const candidates = await knownIdentities(sql, identity);
  const [first] = candidates;
  if (first === undefined || candidates.length > 1) return null;
  const { state } = await getDevice(sql, first.deviceId);
  return state === 'unknown' || state === 'pending' ? first.deviceId : null;
}

async function refuseTaken(sql: Queries, identity: MachineIdentity, except: string | null, disregarded: Disregarded): Promise<void> {
  const regarded = regardedIdentity(identity, disregarded);
  if (identity.smbiosUuid !== null && regarded.smbiosUuid === null) {
    throw new OstlerError('DEVICE_ID_DISREGARDED', { kind: 'SMBIOS UUID', value: identity.smbiosUuid });
  }
  const shared = identity.macAddresses.find((mac) => !regarded.macAddresses.includes(mac));
  if (shared !== undefined) throw new OstlerError('DEVICE_ID_DISREGARDED', { kind: 'MAC address', value: shared });
  for (const other of await knownIdentities(sql, identity)) {
    if (other.deviceId === except) continue;
    const { name } = await getDevice(sql, other.deviceId);
    const mac = other.macAddresses.find((each) => identity.macAddresses.includes(each));
    const taken = mac === undefined ? { kind: 'SMBIOS UUID', value: identity.smbiosUuid ?? '' } : { kind: 'MAC address', value: mac };
    throw new OstlerError('DEVICE_ID_TAKEN', { ...taken, name });
  }
}

async function refuseName(sql: Queries, name: string, except: string | null): Promise<void> {
  const same = await sql
    .selectFrom('devices')
    .select('id')
    .where((has) => has(has.fn<string>('lower', ['name']), '=', name.toLowerCase()))
    .where('id', '!=', except ?? '')
    .executeTakeFirst();
  if (same !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'device', name });
}

function asDevice({ claimHash: _claim, claimSeenAtMs: _seen, ...device }: Awaited<ReturnType<typeof getDevice>>): Device {
  return device;
}
