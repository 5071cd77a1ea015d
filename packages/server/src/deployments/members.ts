/** The members of a collection as deployments look at them: many, and only what decides. */
import { builtInCollections, type DeviceState } from '@ostler/contract';
import { statesOfBuiltIn } from '../collections/members.ts';
import type { Queries } from '../devices/store.ts';
import type { LastRun } from './verdict.ts';

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly state: DeviceState;
}

export async function listMembers(sql: Queries, collectionId: string): Promise<Member[]> {
  const states = statesOfBuiltIn(collectionId);
  const devices = sql.selectFrom('devices').select(['devices.id', 'devices.name', 'devices.state']);
  const members =
    states === null
      ? devices
          .innerJoin('collection_members', 'collection_members.device_id', 'devices.id')
          .where('collection_members.collection_id', '=', collectionId)
      : devices.where('devices.state', 'in', states);
  return members.execute();
}

/** The newest run of a deployment on each device, of those that still count. */
export async function lastRunsOf(sql: Queries, deploymentId: string): Promise<Map<string, LastRun>> {
  const rows = await sql
    .selectFrom('runs')
    .select(['device_id', 'state', 'started_at'])
    .where('deployment_id', '=', deploymentId)
    .where('rerun_allowed', '=', 0)
    .orderBy('number')
    .execute();
  return new Map(rows.map(({ device_id, state, started_at }) => [device_id, { state, startedAtMs: started_at }]));
}

/** Devices whose installed system can be asked to begin something. */
export async function devicesWithClient(sql: Queries): Promise<Set<string>> {
  const rows = await sql.selectFrom('client_keys').select('device_id').execute();
  return new Set(rows.map(({ device_id }) => device_id));
}

/** Devices on which a run goes on. */
export async function busyDevices(sql: Queries): Promise<Set<string>> {
  const rows = await sql.selectFrom('runs').select('device_id').where('state', '=', 'running').execute();
  return new Set(rows.map(({ device_id }) => device_id));
}

/** One plain variable of many devices at once: what deviceVariable answers for each of them. */
export async function memberVariable(sql: Queries, nameKey: string): Promise<(member: Member) => string | null> {
  const rows = await sql
    .selectFrom('variables')
    .leftJoin('collections', 'collections.id', 'variables.owner_id')
    .select(['owner_kind', 'owner_id', 'value'])
    .where('name_key', '=', nameKey)
    .where('secret', '=', 0)
    .where('value', '!=', '')
    .where('owner_kind', 'in', ['device', 'collection'])
    .orderBy('collections.priority')
    .orderBy('collections.name')
    .execute();
  const byDevice = new Map<string, string>();
  const byState = new Map<DeviceState, string>();
  // Later ones win: by rising priority the collections, then the devices' own.
  for (const { owner_id, value } of rows.filter(({ owner_kind }) => owner_kind === 'collection')) {
    for (const state of statesOfBuiltIn(owner_id) ?? []) byState.set(state, value);
    for (const { device_id } of await membersOf(sql, owner_id)) byDevice.set(device_id, value);
  }
  for (const { owner_id, value } of rows.filter(({ owner_kind }) => owner_kind === 'device')) byDevice.set(owner_id, value);
  return ({ id, state }) => byDevice.get(id) ?? byState.get(state) ?? null;
}

/** Whether machines that were never seen belong to it. */
export function includesUnseen(collectionId: string): boolean {
  return collectionId === builtInCollections.allUnknownComputers;
}

function membersOf(sql: Queries, collectionId: string) {
  return sql.selectFrom('collection_members').select('device_id').where('collection_id', '=', collectionId).execute();
}
