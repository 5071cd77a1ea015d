/** Deployments as reports show them. How far one is on its devices is deployments/status.ts. */
import type { DeviceDeploymentState, Run, RunState } from '@ostler/contract';
import { sql as raw } from 'kysely';
import { devicesWithin } from '../access/visible.ts';
import { collectionsOf } from '../collections/store.ts';
import { runStatus, stateOnDevice } from '../deployments/status.ts';
import { listDeployments } from '../deployments/store.ts';
import { getDevice } from '../devices/store.ts';
import type { ReportSource } from './report.ts';

const pageSize = 1000;

/** Counts of the newest run on each computer; those that were told to run again count no more. */
export async function deploymentsWithCounts(source: ReportSource) {
  const visible = await visibleDeployments(source);
  const { rows } = await raw<{ deployment_id: string; state: RunState; count: number }>`
    select deployment_id, state, count(*) as count from runs where newest = 1 and rerun_allowed = 0
      and ${devicesWithin(source.sight('deployments.read'), 'runs.device_id')}
    group by deployment_id, state`.execute(source.sql);
  const byDeployment = Map.groupBy(rows, ({ deployment_id }) => deployment_id);
  return visible.slice(0, source.limit).map(({ id, taskSequenceName, taskSequenceVersion, collectionName, purpose, paused, createdAt }) => {
    const count = (state: RunState): number => byDeployment.get(id)?.find((row) => row.state === state)?.count ?? 0;
    return {
      taskSequence: taskSequenceName,
      version: taskSequenceVersion,
      collection: collectionName,
      purpose,
      paused: paused === null ? 'no' : 'yes',
      succeeded: count('succeeded'),
      failed: count('failed'),
      running: count('running'),
      cancelled: count('cancelled'),
      createdAt,
      deployment: id,
    };
  });
}

/** Its computers by what it is on them. @throws OstlerError NOT_FOUND */
export async function deploymentCounts(source: ReportSource, id: string) {
  if (!(await maySee(source, id))) return [];
  const { counts } = await runStatus(source.sql, id, { limit: 1 }, source.sight('deployments.read'));
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return Object.entries(counts).map(([state, computers]) => ({ state, computers, share: all === 0 ? 0 : computers / all }));
}

/** By name. @throws OstlerError NOT_FOUND */
export async function deploymentDevices(source: ReportSource, id: string, state: DeviceDeploymentState | undefined) {
  if (!(await maySee(source, id))) return [];
  const found = [];
  let after: string | null | undefined;
  while (after !== null && found.length < source.limit) {
    const wanted = { state, after, limit: Math.min(pageSize, source.limit - found.length) };
    const page = await runStatus(source.sql, id, wanted, source.sight('deployments.read'));
    found.push(...page.devices);
    after = page.next;
  }
  return found.map(({ deviceName, state: onDevice, run }) => ({ device: deviceName, state: onDevice, ...tellRun(run) }));
}

function tellRun(run: Run | null) {
  if (run === null) return { step: null, message: null, startedAt: null, endedAt: null, run: null };
  const { failure, step, startedAt, endedAt, id } = run;
  return { step: failure?.stepName ?? step?.stepName ?? null, message: failure?.error.message ?? null, startedAt, endedAt, run: id };
}

/** What every deployment to one of its collections is on a device, the newest deployment first. @throws OstlerError NOT_FOUND */
export async function deploymentsOnDevice(source: ReportSource, deviceId: string) {
  const seen = source.sql.selectFrom('devices').select('id').where('id', '=', deviceId).where(source.within('devices.read', 'devices.id'));
  if ((await seen.executeTakeFirst()) === undefined) return [];
  const device = await getDevice(source.sql, deviceId);
  const collections = new Set((await collectionsOf(source.sql, device)).map(({ id }) => id));
  const runs = await source.sql.selectFrom('runs').selectAll().where('device_id', '=', deviceId).where('newest', '=', 1).execute();
  const runOf = new Map(runs.map((run) => [run.deployment_id, run]));
  const deployments = (await visibleDeployments(source)).filter(({ id, collectionId }) => collections.has(collectionId) || runOf.has(id));
  const seenMs = device.lastSeenAt === null ? null : Date.parse(device.lastSeenAt);
  return deployments.slice(0, source.limit).map((deployment) => {
    const run = runOf.get(deployment.id) ?? null;
    return {
      taskSequence: deployment.taskSequenceName,
      collection: deployment.collectionName,
      purpose: deployment.purpose,
      state: stateOnDevice(run, { state: device.state, last_seen_at: seenMs }, deployment),
      step: run?.failure_step ?? null,
      code: run?.failure_code ?? null,
      run: run?.id ?? null,
      deployment: deployment.id,
    };
  });
}

async function maySee({ sql, within }: ReportSource, id: string): Promise<boolean> {
  const found = sql.selectFrom('deployments').select('id').where('id', '=', id).where(within('deployments.read', 'deployments.id'));
  return (await found.executeTakeFirst()) !== undefined;
}

async function visibleDeployments(source: ReportSource) {
  const rows = await source.sql.selectFrom('deployments').select('id').where(source.within('deployments.read', 'deployments.id')).execute();
  const ids = new Set(rows.map(({ id }) => id));
  return (await listDeployments(source.sql)).filter(({ id }) => ids.has(id));
}
