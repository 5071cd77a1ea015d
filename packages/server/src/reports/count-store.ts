/** What reports count: runs by day and by version, computers by what they are. */
import type { RunState } from '@ostler/contract';
import { sql as raw, type RawBuilder, type SqlBool } from 'kysely';
import { devicesWithin, reachesEveryDevice } from '../access/visible.ts';
import { dateOf, dayMs, daysOf } from './period.ts';
import type { ReportSource } from './report.ts';
import type { ChosenRuns } from './run-store.ts';

const countAll = raw<number>`count(*)`.as('count');
type Outcomes = Record<Exclude<RunState, 'running'>, number>;
const none: Outcomes = { succeeded: 0, failed: 0, cancelled: 0 };
/** 1970-01-05 was a Monday. */
const firstMonday = 4;

interface TrendRow extends Outcomes {
  readonly from: string;
  readonly runs: number;
  readonly share: number;
  readonly averageMs: number | null;
}

/** Of runs that have ended, by the day or week that they ended in, where every computer may be seen also of those whose records are gone. Days without one are left out. */
export async function runTrend(
  source: ReportSource,
  { interval = 'day', ...chosen }: ChosenRuns & { readonly interval?: 'day' | 'week' | undefined },
): Promise<TrendRow[]> {
  // What is left of deleted runs names no computers: it is for those who see every one.
  const deleted = reachesEveryDevice(source.sight('deployments.read')) ? await deletedRunDays(source, chosen) : [];
  const found = [...(await runDays(source, chosen)), ...deleted];
  const rows = found.map((row) => ({ ...row, from: interval === 'day' ? row.day : mondayOf(row.day) }));
  const groups = [...Map.groupBy(rows, ({ from }) => from)].toSorted(([a], [b]) => a - b);
  return groups.map(([from, same]) => ({ from: dateOf(from), ...outcomesOf(same) })).slice(0, source.limit);
}

async function runDays(source: ReportSource, chosen: ChosenRuns) {
  const { firstDay, lastDay } = daysOf(chosen, source.nowMs);
  const dayOfRun = raw<number>`ended_at / ${raw.lit(dayMs)}`;
  let query = source.sql
    .selectFrom('runs')
    .select([dayOfRun.as('day'), 'state', countAll, raw<number | null>`cast(sum(ended_at - started_at) as bigint)`.as('total_ms')])
    .where('ended_at', '>=', firstDay * dayMs)
    .where('ended_at', '<', (lastDay + 1) * dayMs)
    .where(source.within('deployments.read', 'runs.deployment_id'))
    .where(devicesWithin(source.sight('deployments.read'), 'runs.device_id'))
    .groupBy([dayOfRun, 'state']);
  if (chosen.deployment !== undefined) query = query.where('deployment_id', '=', chosen.deployment);
  if (chosen.taskSequence !== undefined) query = query.where('task_sequence_id', '=', chosen.taskSequence);
  return query.execute();
}

async function deletedRunDays(source: ReportSource, chosen: ChosenRuns) {
  const { firstDay, lastDay } = daysOf(chosen, source.nowMs);
  let query = source.sql
    .selectFrom('run_days')
    .select(['day', 'state', 'count', 'total_ms'])
    .where('day', '>=', firstDay)
    .where('day', '<=', lastDay)
    .where(source.within('deployments.read', 'run_days.deployment_id'));
  if (chosen.deployment !== undefined) query = query.where('deployment_id', '=', chosen.deployment);
  if (chosen.taskSequence !== undefined) query = query.where('task_sequence_id', '=', chosen.taskSequence);
  return query.execute();
}

interface Counted {
  readonly state: RunState;
  readonly count: number;
  readonly total_ms: number | null;
}

function outcomesOf(rows: readonly Counted[]): Omit<TrendRow, 'from'> {
  const sum = { ...none };
  let succeededMs = 0;
  for (const { state, count, total_ms } of rows) {
    if (state === 'running') continue;
    sum[state] += count;
    if (state === 'succeeded') succeededMs += total_ms ?? 0;
  }
  const { succeeded, failed, cancelled } = sum;
  const runs = succeeded + failed + cancelled;
  return {
    runs,
    succeeded,
    failed,
    cancelled,
    share: runs === 0 ? 0 : succeeded / runs,
    averageMs: succeeded === 0 ? null : Math.round(succeededMs / succeeded),
  };
}

function mondayOf(day: number): number {
  return day - ((((day - firstMonday) % 7) + 7) % 7);
}

/** Runs that began in the period, by task sequence and version. */
export async function versionCounts(source: ReportSource, { taskSequence, since, until }: ChosenRuns) {
  // Without a join: it would look a name up for each run.
  let query = source.sql
    .selectFrom('runs')
    .select(['runs.task_sequence_id', 'runs.task_sequence_version', 'runs.state', countAll])
    .select(raw<number | null>`cast(sum(runs.ended_at - runs.started_at) as bigint)`.as('total_ms'))
    .where(source.within('deployments.read', 'runs.deployment_id'))
    .where(devicesWithin(source.sight('deployments.read'), 'runs.device_id'))
    .groupBy(['runs.task_sequence_id', 'runs.task_sequence_version', 'runs.state']);
  if (taskSequence !== undefined) query = query.where('runs.task_sequence_id', '=', taskSequence);
  if (since !== undefined) query = query.where('runs.started_at', '>=', Date.parse(since));
  if (until !== undefined) query = query.where('runs.started_at', '<', Date.parse(until) + dayMs);
  const sequences = await source.sql.selectFrom('task_sequences').select(['id', 'name']).execute();
  const nameOf = new Map(sequences.map(({ id, name }) => [id, name]));
  const groups = Map.groupBy(await query.execute(), (row) => `${row.task_sequence_id} ${row.task_sequence_version}`);
  const rows = [...groups.values()].map((same) => {
    const running = same.find(({ state }) => state === 'running')?.count ?? 0;
    const [first] = same;
    return {
      taskSequence: nameOr(nameOf.get(first?.task_sequence_id ?? '')),
      version: first?.task_sequence_version ?? null,
      running,
      ...outcomesOf(same),
    };
  });
  return rows
    .toSorted((a, b) => a.taskSequence.localeCompare(b.taskSequence) || (b.version ?? 0) - (a.version ?? 0))
    .slice(0, source.limit);
}

/** How many computers have which version of which task sequence: by the newest run of each that succeeded. */
export async function installedCounts(source: ReportSource) {
  const { rows } = await raw<{ name: string | null; version: number; count: number }>`
    select task_sequences.name as name, counted.version, cast(sum(counted.count) as bigint) as count
    from (select newest.task_sequence_id, newest.task_sequence_version as version, count(*) as count
      from (${newestSucceeded(source.within('devices.read', 'runs.device_id'))}) as newest where newest.place = 1 group by 1, 2) as counted
    left join task_sequences on task_sequences.id = counted.task_sequence_id
    group by 1, 2 order by 3 desc limit ${source.limit}`.execute(source.sql);
  return rows.map(({ name, version, count }) => ({ taskSequence: nameOr(name), version, computers: count }));
}

/** Which computer has which version of which task sequence, by name. */
export async function installedOn(source: ReportSource, { taskSequence }: ChosenRuns) {
  const ofSequence = taskSequence === undefined ? raw`1 = 1` : raw`newest.task_sequence_id = ${taskSequence}`;
  const { rows } = await raw<{ device: string; sequence: string; version: number; ended_at: number; model: string; id: string }>`
    select runs.device_name as device, runs.task_sequence_name as sequence, runs.task_sequence_version as version, runs.ended_at, runs.model, runs.id
    from (${newestSucceeded(source.within('devices.read', 'runs.device_id'))}) as newest
    join runs on runs.number = newest.number
    where newest.place = 1 and ${ofSequence} order by lower(runs.device_name) limit ${source.limit}`.execute(source.sql);
  return rows.map(({ device, sequence, version, ended_at, model, id }) => ({
    device,
    taskSequence: sequence,
    version,
    model,
    installedAt: new Date(ended_at).toISOString(),
    run: id,
  }));
}

function newestSucceeded(which: RawBuilder<SqlBool>): RawBuilder<unknown> {
  return raw`select runs.number, runs.task_sequence_id, runs.task_sequence_version,
    row_number() over (partition by runs.device_id order by runs.number desc) as place
    from runs where runs.state = 'succeeded' and ${which} and exists (select 1 from devices where devices.id = runs.device_id)`;
}

/** The most frequent first. */
export async function modelCounts({ sql, within, limit }: ReportSource) {
  const rows = await sql
    .selectFrom('devices')
    .select(['model', countAll])
    .where(within('devices.read', 'devices.id'))
    .groupBy('model')
    .orderBy('count', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ model, count }) => ({ model, computers: count }));
}

/** The most frequent first. */
export async function systemCounts({ sql, within, limit }: ReportSource) {
  const rows = await sql
    .selectFrom('device_inventories')
    .select(['system_name', countAll])
    .where(within('devices.read', 'device_inventories.device_id'))
    .groupBy('system_name')
    .orderBy('count', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ system_name, count }) => ({ system: system_name, computers: count }));
}

function nameOr(name: string | null | undefined): string {
  return name ?? '(deleted)';
}
