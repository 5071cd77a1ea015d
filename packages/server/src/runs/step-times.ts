/**
 * How long the steps of a task sequence take on a model, learnt from each run that succeeded undisturbed: what a person is told about
 * the time left. Times are between the arrivals of status messages, by the server's clock.
 */
import { StatusMessage, type Device, type Environment, type ExpectedTime, type NodePath } from '@ostler/contract';
import { pathKey, walkSteps } from '@ostler/task-sequence';
import { findDevice, modelOf, type Queries } from '../devices/store.ts';
import { definitionOf, type RunRow } from './store.ts';

/** The weight of the newest run: some runs later an older network or image no longer counts. */
const newestWeight = 0.5;

interface Arrival {
  readonly message: StatusMessage;
  readonly receivedAtMs: number;
}

interface BegunStep {
  readonly path: NodePath;
  readonly environment: Environment;
  readonly stepMs: number;
  readonly runMs: number;
}

/** Learns from a run that has just succeeded. Call it inside the transaction that ends the run. */
export async function learnStepTimes(sql: Queries, run: RunRow, device: Pick<Device, 'facts'>, endedAtMs: number): Promise<void> {
  const model = device.facts === null ? '' : modelOf(device.facts);
  const sequence = await sql.selectFrom('task_sequences').select('id').where('id', '=', run.task_sequence_id).executeTakeFirst();
  const arrivals = await listArrivals(sql, run.id);
  if (model === '' || sequence === undefined || arrivals === null || wasDisturbed(arrivals)) return;
  const keys = stepKeys(run);
  const known = new Map((await readTimes(sql, run, model)).map((row) => [`${row.step} ${row.environment}`, row]));
  for (const { path, environment, stepMs, runMs } of begunSteps(arrivals, endedAtMs)) {
    const step = keys.get(pathKey(path));
    if (step === undefined) continue;
    const before = known.get(`${step} ${environment}`);
    const times = { step_ms: average(before?.step_ms, stepMs), run_ms: average(before?.run_ms, runMs) };
    await sql
      .insertInto('step_times')
      .values({ task_sequence_id: run.task_sequence_id, model, step, environment, ...times })
      .onConflict((conflict) => conflict.columns(['task_sequence_id', 'model', 'step', 'environment']).doUpdateSet(times))
      .execute();
  }
}

/** What is known of the run's steps on its computer's model. */
export async function expectedTimes(sql: Queries, run: RunRow): Promise<ExpectedTime[]> {
  const facts = (await findDevice(sql, run.device_id))?.facts ?? null;
  const model = facts === null ? '' : modelOf(facts);
  if (model === '') return [];
  const known = Map.groupBy(await readTimes(sql, run, model), ({ step }) => step);
  return [...stepKeys(run)].flatMap(([path, step]) =>
    (known.get(step) ?? []).map(({ environment, step_ms, run_ms }) => ({
      path: path.split('.').map(Number),
      environment,
      stepSeconds: step_ms / 1000,
      runSeconds: run_ms / 1000,
    })),
  );
}

function readTimes(sql: Queries, run: Pick<RunRow, 'task_sequence_id'>, model: string) {
  return sql.selectFrom('step_times').selectAll().where('task_sequence_id', '=', run.task_sequence_id).where('model', '=', model).execute();
}

/**
 * Each step's path, to its name and which of that name it is: what stays the same when steps are put before it, as its path does not.
 */
function stepKeys(run: RunRow): Map<string, string> {
  const seen = new Map<string, number>();
  const keys = new Map<string, string>();
  for (const { path, step } of walkSteps(definitionOf(run).steps)) {
    const count = (seen.get(step.name) ?? 0) + 1;
    seen.set(step.name, count);
    keys.set(pathKey(path), `${step.name} ${count}`);
  }
  return keys;
}

/** null: from before arrivals were kept. */
async function listArrivals(sql: Queries, runId: string): Promise<Arrival[] | null> {
  const rows = await sql
    .selectFrom('run_messages')
    .select(['message', 'received_at'])
    .where('run_id', '=', runId)
    .orderBy('sequence')
    .execute();
  const arrivals = rows.flatMap(({ message, received_at }) =>
    received_at === null ? [] : [{ message: StatusMessage.parse(JSON.parse(message)), receivedAtMs: received_at }],
  );
  return arrivals.length === rows.length ? arrivals : null;
}

/** A pause, a wait for a maintenance window, a power cut or a failure that somebody mended makes the times those of that day. */
function wasDisturbed(arrivals: readonly Arrival[]): boolean {
  const count = (kind: StatusMessage['kind']): number => arrivals.filter(({ message }) => message.kind === kind).length;
  return (
    count('paused') + count('debugger-waits') + count('restart-waits') > 0 ||
    count('run-failed') > 0 ||
    count('resumed') > count('restarting')
  );
}

const endings: ReadonlySet<StatusMessage['kind']> = new Set(['step-succeeded', 'step-failed', 'restarting']);

function begunSteps(arrivals: readonly Arrival[], endedAtMs: number): BegunStep[] {
  return arrivals.flatMap(({ message, receivedAtMs }, index) => {
    if (message.kind !== 'step-started') return [];
    const end = arrivals.slice(index).find((later) => endings.has(later.message.kind));
    const { path, environment } = message;
    return end === undefined ? [] : [{ path, environment, stepMs: end.receivedAtMs - receivedAtMs, runMs: endedAtMs - receivedAtMs }];
  });
}

function average(before: number | undefined, newest: number): number {
  return Math.round(before === undefined ? newest : before * (1 - newestWeight) + newest * newestWeight);
}
