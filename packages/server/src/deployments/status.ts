/**
 * How far a deployment is: on the members of its collection, and on machines that ran it and are not members any more. With 100,000 devices as
 * with ten: counts come from indexes, and a page is found in the order of one.
 */
import {
  RunState,
  type Deployment,
  type DeploymentStatus,
  type DeploymentStatusQuery,
  type DeviceDeploymentState,
  type DeviceState,
} from '@ostler/contract';
import { sql as raw, type RawBuilder, type SqlBool } from 'kysely';
import type { z } from 'zod';
import type { Sight } from '../access/rights.ts';
import { devicesWithin } from '../access/visible.ts';
import { statesOfBuiltIn } from '../collections/members.ts';
import { getCollection } from '../collections/store.ts';
import { idsWithout } from '../database/ids-without.ts';
import type { Queries } from '../devices/store.ts';
import type { PreparedContents } from '../pre-download/prepared-content.ts';
import { preDownloadStatus } from '../pre-download/store.ts';
import { asRun, shownColumns } from '../runs/shown-run.ts';
import type { RunRow } from '../runs/store.ts';
import { failureGroups } from './failure-groups.ts';
import { getDeployment } from './store.ts';

type Wanted = Pick<z.output<typeof DeploymentStatusQuery>, 'state' | 'after' | 'limit'>;
type WithoutRun = Extract<DeviceDeploymentState, 'requirements-not-met' | 'waiting' | 'unknown'>;
interface Place {
  readonly id: string;
  readonly name: string;
}
interface Page {
  readonly after: Place | null;
  readonly limit: number;
}

const none: DeploymentStatus['counts'] = {
  running: 0,
  failed: 0,
  cancelled: 0,
  succeeded: 0,
  'requirements-not-met': 0,
  waiting: 0,
  unknown: 0,
};

/** What its runs say, without what computers have fetched before. */
export type RunStatus = Omit<DeploymentStatus, 'preDownload'>;

/** How far its runs are, and its content before them. @throws OstlerError NOT_FOUND */
export async function deploymentStatus(
  sql: Queries,
  id: string,
  wanted: Wanted,
  { sight, prepared }: { readonly sight: Sight; readonly prepared: PreparedContents },
): Promise<DeploymentStatus> {
  const status = await runStatus(sql, id, wanted, sight);
  const { deployment, devices } = status;
  if (!deployment.preDownload) return { ...status, preDownload: null };
  const { taskSequenceId: task_sequence_id, taskSequenceVersion: task_sequence_version } = deployment;
  const content = await prepared.of({ id, task_sequence_id, task_sequence_version });
  const deviceIds = devices.map(({ deviceId }) => deviceId);
  return { ...status, preDownload: await preDownloadStatus(sql, deployment, content, { sight, deviceIds }) };
}

/** Counts of all that are within the sight, and a page of the devices. @throws OstlerError NOT_FOUND */
export async function runStatus(sql: Queries, id: string, { state, after, limit }: Wanted, sight: Sight): Promise<RunStatus> {
  const deployment = await getDeployment(sql, id);
  const runs = shownRuns(id, sight);
  const { byRun, others } = await countDevices(sql, deployment, runs);
  const counts: DeploymentStatus['counts'] = { ...none, ...Object.fromEntries([...byRun, ...others]) };
  const page = { after: readPlace(after), limit: limit + 1 };
  const hasOutsiders = async (): Promise<boolean> => {
    const { memberCount } = await getCollection(sql, deployment.collectionId);
    return sum(byRun) > memberCount - sum(others);
  };
  const [failures, places] = await Promise.all([
    counts.failed > 0 ? failureGroups(sql, runs) : [],
    placesOf(sql, { deployment, runs }, state, page, hasOutsiders),
  ]);
  const last = places.length > limit ? places[limit - 1] : undefined;
  return {
    deployment,
    counts,
    failures,
    devices: await describe(sql, deployment, places.slice(0, limit)),
    next: last === undefined ? null : `${last.id} ${last.name}`,
  };
}

/** How many of its computers have succeeded, as its status counts them. @throws OstlerError NOT_FOUND */
export async function shareOfSuccess(sql: Queries, id: string): Promise<{ readonly succeeded: number; readonly all: number }> {
  const { byRun, others } = await countDevices(sql, await getDeployment(sql, id), countedRuns(id));
  return { succeeded: byRun.get('succeeded') ?? 0, all: sum(byRun) + sum(others) };
}

async function countDevices(sql: Queries, deployment: Deployment, runs: RawBuilder<SqlBool>) {
  const [byRun, others] = await Promise.all([countRuns(sql, runs), countWithoutRun(sql, deployment)]);
  return { byRun, others };
}

/** A run that may be repeated (`rerun_allowed`) counts no more. */
function countedRuns(id: string): RawBuilder<SqlBool> {
  return raw`runs.deployment_id = ${id} and runs.newest = 1 and runs.rerun_allowed = 0`;
}

/** Those of them on computers that are shown: a computer that ran it may have left the collection. */
function shownRuns(id: string, sight: Sight): RawBuilder<SqlBool> {
  return raw`${countedRuns(id)} and ${devicesWithin(sight, 'runs.device_id')}`;
}

async function countRuns(sql: Queries, runs: RawBuilder<SqlBool>): Promise<Map<RunState, number>> {
  const { rows } = await raw<{ state: RunState; count: number }>`
    select state, count(*) as count from runs where ${runs} group by state`.execute(sql);
  return new Map(rows.map(({ state, count }) => [state, count]));
}

async function countWithoutRun(sql: Queries, deployment: Deployment): Promise<Map<WithoutRun, number>> {
  const withRun = raw<{ device_id: string }>`select device_id from runs where ${countedRuns(deployment.id)}`;
  const { isBlocked, isSeen } = conditionsSince(deployment);
  const { rows } = await raw<{ state: WithoutRun; count: number }>`
    select case when ${isBlocked} then 'requirements-not-met' when ${isSeen} then 'waiting' else 'unknown' end as state, count(*) as count
    from (${idsWithout(sql, memberIds(deployment), withRun)}) as without_run
    cross join devices where devices.id = without_run.device_id group by 1`.execute(sql);
  return new Map(rows.map(({ state, count }) => [state, count]));
}

/** Negated twice: that keeps SQLite from the index of the states, which has no order of the ids, and PostgreSQL still knows how many they are. */
function memberIds({ collectionId }: Deployment): RawBuilder<{ device_id: string }> {
  const states = statesOfBuiltIn(collectionId);
  return states === null
    ? raw`select device_id from collection_members where collection_id = ${collectionId}`
    : raw`select id as device_id from devices where not (state not in (${raw.join(states)}))`;
}

function conditionsSince({ createdAt }: Deployment) {
  const createdMs = raw`cast(${Date.parse(createdAt)} as bigint)`;
  return {
    isBlocked: raw<SqlBool>`devices.state in ('blocked', 'pending')`,
    isNotBlocked: raw<SqlBool>`devices.state not in ('blocked', 'pending')`,
    isSeen: raw<SqlBool>`devices.last_seen_at >= ${createdMs}`,
    isNotSeen: raw<SqlBool>`(devices.last_seen_at is null or devices.last_seen_at < ${createdMs})`,
  };
}

/** The databases know of each of its parts how many devices it is true of, and so whether a page is near. */
function isInState(deployment: Deployment, state: WithoutRun): RawBuilder<SqlBool> {
  const { isBlocked, isNotBlocked, isSeen, isNotSeen } = conditionsSince(deployment);
  const conditions: { readonly [S in WithoutRun]: RawBuilder<SqlBool> } = {
    'requirements-not-met': isBlocked,
    waiting: raw`${isNotBlocked} and ${isSeen}`,
    unknown: raw`${isNotBlocked} and ${isNotSeen}`,
  };
  return raw`${conditions[state]} and not exists (select 1 from runs where ${countedRuns(deployment.id)} and runs.device_id = devices.id)`;
}

/** So that a page walks the index of the names, and not all of the members. */
function isMember({ collectionId }: Deployment): RawBuilder<SqlBool> {
  const states = statesOfBuiltIn(collectionId);
  return states === null ? isInCollection(collectionId, 'devices.id') : raw`devices.state in (${raw.join(states)})`;
}

function ranOnMember({ collectionId }: Deployment): RawBuilder<SqlBool> {
  const states = statesOfBuiltIn(collectionId);
  return states === null
    ? isInCollection(collectionId, 'runs.device_id')
    : raw`exists (select 1 from devices where devices.id = runs.device_id and devices.state in (${raw.join(states)}))`;
}

function isInCollection(id: string, device: 'devices.id' | 'runs.device_id'): RawBuilder<SqlBool> {
  return raw`exists (select 1 from collection_members as member where member.collection_id = ${id} and member.device_id = ${raw.ref(device)})`;
}

/** By name: those whose run is in the state, or members without a run, or everybody. */
async function placesOf(
  sql: Queries,
  { deployment, runs }: { readonly deployment: Deployment; readonly runs: RawBuilder<SqlBool> },
  state: DeviceDeploymentState | undefined,
  page: Page,
  hasOutsiders: () => Promise<boolean>,
): Promise<readonly Place[]> {
  if (state !== undefined && isRunState(state)) return placesByRun(sql, page, raw`${runs} and runs.state = ${state}`);
  const members = await membersBy(sql, deployment, page, state === undefined ? raw`1 = 1` : isInState(deployment, state));
  if (state !== undefined || !(await hasOutsiders())) return members;
  // Others that are behind a full page of members are not on it: so few runs are looked at, however many there are.
  const last = members.length < page.limit ? undefined : members.at(-1);
  const before = last === undefined ? raw`1 = 1` : raw`lower(runs.device_name) <= ${last.name.toLowerCase()}`;
  const outsiders = await placesByRun(sql, page, raw`${runs} and not ${ranOnMember(deployment)} and ${before}`);
  return [...members, ...outsiders].toSorted((one, other) => (isBehind(one, other) ? 1 : -1)).slice(0, page.limit);
}

function isRunState(state: DeviceDeploymentState): state is RunState {
  return RunState.safeParse(state).success;
}

async function placesByRun(sql: Queries, { after, limit }: Page, which: RawBuilder<SqlBool>): Promise<readonly Place[]> {
  const behind = after === null ? raw`1 = 1` : raw`(lower(runs.device_name), runs.device_id) > (${after.name.toLowerCase()}, ${after.id})`;
  const { rows } = await raw<Place>`select runs.device_id as id, runs.device_name as name from runs
    where ${which} and ${behind} order by lower(runs.device_name), runs.device_id limit ${limit}`.execute(sql);
  return rows;
}

async function membersBy(
  sql: Queries,
  deployment: Deployment,
  { after, limit }: Page,
  which: RawBuilder<SqlBool>,
): Promise<readonly Place[]> {
  const behind = after === null ? raw`1 = 1` : raw`(lower(name), id) > (${after.name.toLowerCase()}, ${after.id})`;
  const { rows } = await raw<Place>`select id, name from devices
    where ${isMember(deployment)} and ${which} and ${behind} order by lower(name), id limit ${limit}`.execute(sql);
  return rows;
}

function isBehind(one: Place, other: Place): boolean {
  const [a, b] = [one.name.toLowerCase(), other.name.toLowerCase()];
  return a === b ? one.id > other.id : a > b;
}

/** With the state and the newest run of each. */
async function describe(sql: Queries, deployment: Deployment, places: readonly Place[]): Promise<DeploymentStatus['devices']> {
  if (places.length === 0) return [];
  const ids = places.map(({ id }) => id);
  const runs = await sql
    .selectFrom('runs')
    .select([...shownColumns, 'rerun_allowed'])
    .where('deployment_id', '=', deployment.id)
    .where('newest', '=', 1)
    .where('device_id', 'in', ids)
    .execute();
  const devices = await sql.selectFrom('devices').select(['id', 'state', 'last_seen_at']).where('id', 'in', ids).execute();
  const [runOf, deviceOf] = [new Map(runs.map((run) => [run.device_id, run])), new Map(devices.map((device) => [device.id, device]))];
  return places.map(({ id, name }) => {
    const run = runOf.get(id) ?? null;
    return {
      deviceId: id,
      deviceName: name,
      state: stateOnDevice(run, deviceOf.get(id), deployment),
      run: run === null ? null : asRun(run),
    };
  });
}

/** @param run the newest one there @param device undefined: it has been deleted */
export function stateOnDevice(
  run: Pick<RunRow, 'state' | 'rerun_allowed'> | null,
  device: { readonly state: DeviceState; readonly last_seen_at: number | null } | undefined,
  { createdAt }: Pick<Deployment, 'createdAt'>,
): DeviceDeploymentState {
  if (run !== null && run.rerun_allowed === 0) return run.state;
  if (device?.state === 'blocked' || device?.state === 'pending') return 'requirements-not-met';
  return (device?.last_seen_at ?? -1) < Date.parse(createdAt) ? 'unknown' : 'waiting';
}

function readPlace(after: string | undefined): Place | null {
  if (after === undefined) return null;
  const [id = '', ...name] = after.split(' ');
  return { id, name: name.join(' ') };
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, count) => all + count, 0);
}
