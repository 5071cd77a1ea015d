/** How far a deployment is: on the members of its collection, and on machines that ran it and are not members any more. */
import {
  Failure,
  type Deployment,
  type DeploymentStatus,
  type DeploymentStatusQuery,
  type DeviceDeploymentState,
  type FailureGroup,
} from '@ostler/contract';
import { sql as raw, type RawBuilder } from 'kysely';
import type { z } from 'zod';
import { membersOf } from '../collections/members.ts';
import type { Queries } from '../devices/store.ts';
import { asRun } from '../runs/store.ts';
import { getDeployment } from './store.ts';

type Wanted = Pick<z.output<typeof DeploymentStatusQuery>, 'state' | 'after' | 'limit'>;
interface Place {
  readonly id: string;
  readonly name: string;
  readonly state: DeviceDeploymentState;
  readonly run_id: string | null;
}

const shownGroups = 20;
const shownNames = 5;
/** Of the newest failures: enough to see what fails. */
const groupedFailures = 1000;

/** Counts of all of them, and a page of the devices. @throws OstlerError NOT_FOUND */
export async function deploymentStatus(sql: Queries, id: string, wanted: Wanted): Promise<DeploymentStatus> {
  const deployment = await getDeployment(sql, id);
  const places = placesOf(deployment);
  const counted = await raw<{ state: DeviceDeploymentState; count: number }>`
    select state, count(*) as count from (${places}) as places group by state`.execute(sql);
  const counts = new Map(counted.rows.map(({ state, count }) => [state, count]));
  const { rows, next } = await pageOf(sql, places, wanted);
  return {
    deployment,
    counts: countsOf(counts),
    failures: (counts.get('failed') ?? 0) > 0 ? await failureGroups(sql, id) : [],
    devices: await withRuns(sql, rows),
    next,
  };
}

/** Every device with its state: a run that may be repeated counts no more (`rerun_allowed`). */
function placesOf({ id, collectionId, createdAt }: Deployment): RawBuilder<Place> {
  const without = raw`case when devices.state in ('blocked', 'pending') then 'requirements-not-met'
    when devices.last_seen_at is null or devices.last_seen_at < ${Date.parse(createdAt)} then 'unknown' else 'waiting' end`;
  const newest = raw`runs.deployment_id = ${id} and runs.newest = 1`;
  const members = membersOf([collectionId]);
  return raw<Place>`select devices.id as id, devices.name as name, runs.id as run_id,
      case when runs.rerun_allowed = 0 then runs.state else ${without} end as state
    from devices left join runs on runs.device_id = devices.id and ${newest} where devices.id in (${members})
    union all select runs.device_id as id, runs.device_name as name, runs.id as run_id, runs.state as state
    from runs where ${newest} and runs.device_id not in (${members})`;
}

async function pageOf(
  sql: Queries,
  places: RawBuilder<Place>,
  { state, after, limit }: Wanted,
): Promise<{ readonly rows: readonly Place[]; readonly next: string | null }> {
  const [id = '', ...name] = (after ?? '').split(' ');
  const inState = state === undefined ? raw`1 = 1` : raw`state = ${state}`;
  const behind = after === undefined ? raw`1 = 1` : raw`(name, id) > (${name.join(' ')}, ${id})`;
  const { rows } = await raw<Place>`select id, name, state, run_id from (${places}) as places
    where ${inState} and ${behind} order by name, id limit ${limit + 1}`.execute(sql);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, next: rows.length > limit && last !== undefined ? `${last.id} ${last.name}` : null };
}

async function withRuns(sql: Queries, places: readonly Place[]): Promise<DeploymentStatus['devices']> {
  const ids = places.flatMap(({ run_id }) => run_id ?? []);
  const runs = ids.length === 0 ? [] : await sql.selectFrom('runs').selectAll().where('id', 'in', ids).execute();
  const byId = new Map(runs.map((row) => [row.id, asRun(row)]));
  return places.map(({ id, name, state, run_id }) => {
    return { deviceId: id, deviceName: name, state, run: run_id === null ? null : (byId.get(run_id) ?? null) };
  });
}

function countsOf(counts: ReadonlyMap<DeviceDeploymentState, number>): DeploymentStatus['counts'] {
  const of = (state: DeviceDeploymentState): number => counts.get(state) ?? 0;
  return {
    running: of('running'),
    failed: of('failed'),
    cancelled: of('cancelled'),
    succeeded: of('succeeded'),
    'requirements-not-met': of('requirements-not-met'),
    waiting: of('waiting'),
    unknown: of('unknown'),
  };
}

/** The most frequent errors, each where it happens. */
async function failureGroups(sql: Queries, deploymentId: string): Promise<FailureGroup[]> {
  const rows = await sql
    .selectFrom('runs')
    .select(['device_name', 'failure'])
    .where('deployment_id', '=', deploymentId)
    .where('newest', '=', 1)
    .where('state', '=', 'failed')
    .where('rerun_allowed', '=', 0)
    .orderBy('ended_at', 'desc')
    .limit(groupedFailures)
    .execute();
  const failures = rows.flatMap(({ device_name, failure }) => {
    return failure === null ? [] : [{ deviceName: device_name, failure: Failure.parse(JSON.parse(failure)) }];
  });
  const groups = Map.groupBy(failures, ({ failure: { stepName, error } }) => `${error.code} ${stepName}`);
  return [...groups.values()]
    .flatMap((same) => {
      const [first] = same;
      if (first === undefined) return [];
      const { stepName, error } = first.failure;
      const deviceNames = same.slice(0, shownNames).map(({ deviceName }) => deviceName);
      return [{ code: error.code, stepName, message: error.message, hint: error.hint ?? null, deviceCount: same.length, deviceNames }];
    })
    .toSorted((one, other) => other.deviceCount - one.deviceCount)
    .slice(0, shownGroups);
}
