/** Runs as reports show them. */
import { Failure, StepProgress, type StatusMessage } from '@ostler/contract';
import { sql as raw } from 'kysely';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { inPeriod } from './period.ts';
import type { ReportSource } from './report.ts';

export interface ChosenRuns {
  readonly deployment?: string | undefined;
  readonly taskSequence?: string | undefined;
  readonly device?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Those that the caller may see. The period is of when they began. */
function runsOf({ sql, within }: ReportSource, { deployment, taskSequence, device, ...period }: ChosenRuns) {
  let query = sql.selectFrom('runs').where(within('runs.read', 'runs.id')).where(inPeriod('runs.started_at', period));
  if (deployment !== undefined) query = query.where('runs.deployment_id', '=', deployment);
  if (taskSequence !== undefined) query = query.where('runs.task_sequence_id', '=', taskSequence);
  if (device !== undefined) query = query.where('runs.device_id', '=', device);
  return query;
}

const columns = [
  'runs.id',
  'runs.device_name',
  'runs.task_sequence_name',
  'runs.task_sequence_version',
  'runs.state',
  'runs.failure',
  'runs.model',
  'runs.site',
  'runs.step',
  'runs.started_at',
  'runs.ended_at',
  'runs.last_contact_at',
] as const;

type RunReportRow = Awaited<ReturnType<typeof readRuns>>[number];

/** Which runs, and in which order, is found in an index; their large rows are read last. */
async function readRuns({ sql }: ReportSource, ids: readonly string[]) {
  const found = [];
  for (let from = 0; from < ids.length; from += chunkLength) {
    const chunk = ids.slice(from, from + chunkLength);
    found.push(...(await sql.selectFrom('runs').select(columns).where('id', 'in', chunk).execute()));
  }
  const byId = new Map(found.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** A list of every run would make a condition too long for SQLite. */
const chunkLength = 400;

function describe(row: RunReportRow, nowMs: number) {
  const failure = row.failure === null ? null : Failure.parse(JSON.parse(row.failure));
  return {
    device: row.device_name,
    taskSequence: row.task_sequence_name,
    version: row.task_sequence_version,
    state: row.state,
    step: failure?.stepName ?? null,
    code: failure?.error.code ?? null,
    message: failure?.error.message ?? null,
    exitCode: failure?.exitCode ?? null,
    model: row.model,
    site: row.site,
    startedAt: isoTime(row.started_at),
    endedAt: isoTimeOrNull(row.ended_at),
    tookMs: (row.ended_at ?? nowMs) - row.started_at,
    run: row.id,
  };
}

/** The newest first. */
export async function failedRuns(source: ReportSource, { step, ...chosen }: ChosenRuns & { readonly step?: string | undefined }) {
  let query = runsOf(source, chosen).select('id').where('state', '=', 'failed').orderBy('number', 'desc').limit(source.limit);
  if (step !== undefined) query = query.where('failure_step', '=', step);
  const ids = (await query.execute()).map(({ id }) => id);
  return (await readRuns(source, ids)).map((row) => describe(row, source.nowMs));
}

/** The longest first. What goes on counts with the time until now. */
export async function runTimes(source: ReportSource, { minutes = 0, ...chosen }: ChosenRuns & { readonly minutes?: number | undefined }) {
  const took = raw<number>`(coalesce(ended_at, ${source.nowMs}) - started_at)`;
  const query = runsOf(source, chosen)
    .select('id')
    .where(raw<boolean>`${took} >= ${minutes * 60_000}`)
    .orderBy(took, 'desc')
    .limit(source.limit);
  const ids = (await query.execute()).map(({ id }) => id);
  return (await readRuns(source, ids)).map((row) => describe(row, source.nowMs));
}

/** The newest first. */
export async function runHistory(source: ReportSource, chosen: ChosenRuns) {
  const rows = await runsOf(source, chosen).select('id').orderBy('number', 'desc').limit(source.limit).execute();
  const ids = rows.map(({ id }) => id);
  return (await readRuns(source, ids)).map((row) => describe(row, source.nowMs));
}

/** The newest first: those that began on a computer that was unknown. */
export async function runsOnUnknown(source: ReportSource, chosen: ChosenRuns) {
  const rows = await runsOf(source, chosen)
    .select(columns)
    .where('was_unknown', '=', 1)
    .orderBy('number', 'desc')
    .limit(source.limit)
    .execute();
  return rows.map((row) => describe(row, source.nowMs));
}

/** Those that were silent longest first. */
export async function runningRuns(source: ReportSource, { step, ...chosen }: ChosenRuns & { readonly step?: string | undefined }) {
  const rows = await runsOf(source, chosen)
    .select(columns)
    // Not a parameter: it is what the partial index says.
    .where(raw<boolean>`runs.state = 'running'`)
    .orderBy('last_contact_at')
    .execute();
  const running = rows.map((row) => {
    const progress = row.step === null ? null : StepProgress.parse(JSON.parse(row.step));
    const secondsLeft = progress?.runSecondsLeft ?? null;
    return {
      device: row.device_name,
      taskSequence: row.task_sequence_name,
      step: progress?.stepName ?? null,
      stepNumber: progress?.stepNumber ?? null,
      stepCount: progress?.stepCount ?? null,
      leftMs: secondsLeft === null ? null : secondsLeft * 1000,
      startedAt: isoTime(row.started_at),
      lastContactAt: isoTime(row.last_contact_at),
      run: row.id,
    };
  });
  return running.filter((row) => step === undefined || row.step === step).slice(0, source.limit);
}

const stepEnds: ReadonlySet<StatusMessage['kind']> = new Set(['step-succeeded', 'step-failed', 'step-skipped', 'restarting']);

/** In the order that they ended. */
export async function runSteps(source: ReportSource, runId: string) {
  const rows = await source.sql
    .selectFrom('run_messages')
    .innerJoin('runs', 'runs.id', 'run_messages.run_id')
    .select('run_messages.message')
    .where('run_messages.run_id', '=', runId)
    .where(source.within('runs.read', 'runs.id'))
    .orderBy('run_messages.sequence')
    .execute();
  // Not parsed by its schema: it was when it came.
  const messages = rows.map(({ message }) => JSON.parse(message) as StatusMessage).filter(({ kind }) => stepEnds.has(kind));
  return messages.slice(0, source.limit).map(({ at, kind, path, stepName, environment, durationMs, exitCode, error }) => ({
    place: path.map((part) => part + 1).join('.'),
    step: stepName,
    environment,
    result: kind.replace(/^step-/, ''),
    tookMs: durationMs,
    exitCode,
    message: error?.message ?? null,
    at,
  }));
}

/** Of runs that failed: the most frequent first, with the message of the newest. */
export async function frequentErrors(source: ReportSource, chosen: ChosenRuns) {
  const groups = await runsOf(source, chosen)
    .select(['failure_code', 'failure_step', raw<number>`count(*)`.as('count'), raw<number>`max(number)`.as('newest')])
    .where('state', '=', 'failed')
    .groupBy(['failure_code', 'failure_step'])
    .orderBy('count', 'desc')
    .limit(Math.min(source.limit, shownErrors))
    .execute();
  if (groups.length === 0) return [];
  const numbers = groups.map(({ newest }) => newest);
  const examples = await source.sql
    .selectFrom('runs')
    .select(['number', 'failure', 'device_name'])
    .where('number', 'in', numbers)
    .execute();
  const byNumber = new Map(examples.map((row) => [row.number, row]));
  return groups.map(({ failure_code: code, failure_step: step, count: runs, newest }) => {
    const example = byNumber.get(newest);
    const failure = example?.failure ? Failure.parse(JSON.parse(example.failure)) : null;
    return { runs, step, code, message: failure?.error.message ?? null, device: example?.device_name ?? null };
  });
}

const shownErrors = 200;
