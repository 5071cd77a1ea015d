/** Handlers of the device routes. */
import { OstlerError, type Device, type ParsedRequest } from '@ostler/contract';
import { sightOfCaller } from '../access/caller.ts';
import { within } from '../access/visible.ts';
import type { SettledMemberships } from '../collections/memberships.ts';
import type { Database } from '../database/database.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { actionHandlers } from './actions/handlers.ts';
import { devicePage } from './device-page.ts';
import { effectiveVariables } from './effective-variables.ts';
import type { Disregarded, MachineIdentity } from './identity.ts';
import { importHandlers } from './import/handlers.ts';
import { refuseDisregarded, refuseName, sharedId } from './import/import-device.ts';
import { noteDevice } from './note-device.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import { asDevice, deleteDevice, getDevice, knownIdentities, updateDevice, type Queries, type StoredDevice } from './store.ts';
import { deviceUserHandlers } from './users/handlers.ts';
import { deleteVariable, listVariables, setVariable } from './variables-store.ts';

export interface DeviceDependencies {
  readonly database: Database;
  readonly seal: SecretSeal;
  readonly memberships: SettledMemberships;
  readonly siteSettings: { get(): Promise<Disregarded> };
  readonly now: () => number;
}

type DeviceUpdate = ParsedRequest<'devices.update'>['body'];

export function deviceHandlers(dependencies: DeviceDependencies): HandlersOf<'devices' | 'deviceUsers'> {
  return {
    ...ownHandlers(dependencies),
    ...importHandlers(dependencies),
    ...actionHandlers(dependencies),
    ...variableHandlers(dependencies),
    ...deviceUserHandlers(dependencies),
  };
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
    'devices.update': async ({ params: { id }, body }, { log }) => {
      const disregarded = await siteSettings.get();
      const before = await sql.transaction().execute(async (transaction) => {
        const was = await changeDevice(transaction, id, body, disregarded);
        const { name = was.name } = body;
        if (body.state === 'approved' && was.state === 'pending') await noteDevice(transaction, 'device.approved', { id, name }, now());
        return was;
      });
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
  const { name, state, macAddresses, smbiosUuid, serialNumber, tags, bootOnce } = body;
  const identity = { smbiosUuid: smbiosUuid ?? null, macAddresses: macAddresses ?? [], serialNumber };
  await refuseTaken(sql, identity, id, disregarded);
  if (name !== undefined) await refuseName(sql, name, [id]);
  const claim = state === 'blocked' ? null : undefined;
  await updateDevice(sql, id, { name, state, macAddresses, smbiosUuid, serialNumber, tags, bootOnce, claim });
  // Whoever may not go on loses the key at once.
  if (state !== undefined && state !== 'approved') {
    for (const table of ['agent_keys', 'client_keys'] as const) await sql.deleteFrom(table).where('device_id', '=', id).execute();
  }
  return device;
}

/** An id of another device is refused; an import is what joins devices. */
async function refuseTaken(sql: Queries, identity: MachineIdentity, except: string, disregarded: Disregarded): Promise<void> {
  refuseDisregarded(identity, disregarded);
  for (const other of await knownIdentities(sql, identity)) {
    if (other.deviceId === except) continue;
    const { name } = await getDevice(sql, other.deviceId);
    const [kind, value] = sharedId(identity, other);
    throw new OstlerError('DEVICE_ID_TAKEN', { kind, value, name });
  }
}
