/** Runs in the database: begun once a device, changed by the agent's journal, ended once. Status messages: messages-store.ts. */
import { randomBytes } from 'node:crypto';
import {
  EngineState,
  OstlerError,
  TaskSequenceDefinition,
  type Device,
  type Environment,
  type Run,
  type RunState,
  type StatusMessage,
  type StatusReport,
} from '@ostler/contract';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { Sight } from '../access/rights.ts';
import { within } from '../access/visible.ts';
import { noteIfFinished } from '../deployments/note-deployment.ts';
import { markStale, type Queries } from '../devices/store.ts';
import { holdRevision } from '../packages/content-revision.ts';
import { forgetPreDownload } from '../pre-download/store.ts';
import { dropSettledOrders } from './debug-orders-store.ts';
import { definitionToRun } from './definition-to-run.ts';
import { addMessages } from './messages-store.ts';
import { noteRunBegun, noteRunEnded } from './note-run.ts';
import { asRun, shownColumns } from './shown-run.ts';

export type RunRow = Tables['runs'];
type DeploymentRow = Tables['deployments'];

/** What every run begins with. */
const atFirst = {
  state: 'running',
  step: null,
  failure: null,
  failure_code: null,
  failure_step: null,
  journal: null,
  journal_revision: -1,
  cancel_requested: 0,
  pause_requested: 0,
  paused: 0,
  window_wait: null,
  rerun_allowed: 0,
  newest: 1,
  debugger: 'off',
  debug_orders: 0,
  debug_view: null,
  site: null,
  counted_sequence: 0,
  count_due: 0,
  messages_deleted: 0,
  log_deleted: 0,
  ended_at: null,
} as const satisfies Partial<RunRow>;

export interface Beginning {
  readonly seal: SecretSeal;
  readonly nowMs: number;
  readonly environment?: Environment;
  /** It begins by itself on a computer that is in use. */
  readonly restartsWait?: boolean;
}

/**
 * Begins a run with the pinned or newest version as it is now, the newest of every sequence that it runs, and the newest of every package.
 * Call it inside a transaction.
 * @throws OstlerError RUN_IN_PROGRESS, NOT_FOUND
 */
export async function beginRun(
  sql: Queries,
  deployment: DeploymentRow,
  device: Pick<Device, 'id' | 'name'>,
  { seal, nowMs, environment = 'boot-image', restartsWait = false }: Beginning,
): Promise<RunRow> {
  const running = await findRunningRun(sql, device.id);
  if (running !== null) throw new OstlerError('RUN_IN_PROGRESS', { name: device.name, id: running.id });
  const { sequence, definition } = await definitionToRun(sql, deployment);
  const { model, state } = await sql.selectFrom('devices').select(['model', 'state']).where('id', '=', device.id).executeTakeFirstOrThrow();
  const id = newId('run');
  await markStale(sql, device.id);
  await sql.updateTable('runs').set({ newest: 0 }).where('deployment_id', '=', deployment.id).where('device_id', '=', device.id).execute();
  const row: RunRow = {
    ...atFirst,
    id,
    number: await nextNumber(sql),
    deployment_id: deployment.id,
    device_id: device.id,
    device_name: device.name,
    task_sequence_id: sequence.id,
    task_sequence_name: sequence.name,
    task_sequence_version: sequence.version,
    definition: JSON.stringify(definition),
    environment,
    restarts_wait: restartsWait ? 1 : 0,
    sealing_key: await seal.seal(sql, randomBytes(32).toString('base64'), `run/${id}`),
    debug: deployment.debug,
    model,
    was_unknown: state === 'unknown' ? 1 : 0,
    content_revision: await holdRevision(sql),
    started_at: nowMs,
    last_contact_at: nowMs,
  };
  await sql.insertInto('runs').values(row).execute();
  await forgetPreDownload(sql, deployment.id, device.id);
  await noteRunBegun(sql, row, nowMs);
  return row;
}

/** Whoever begins another run waits from here to the end of the transaction: so it is asked for late. */
async function nextNumber(sql: Queries): Promise<number> {
  const { number } = await sql
    .updateTable('run_numbers')
    .set((row) => ({ number: row('number', '+', 1) }))
    .where('id', '=', 'last')
    .returning('number')
    .executeTakeFirstOrThrow();
  return number;
}

export async function findRunningRun(sql: Queries, deviceId: string): Promise<RunRow | null> {
  const row = await sql.selectFrom('runs').selectAll().where('device_id', '=', deviceId).where('state', '=', 'running').executeTakeFirst();
  return row ?? null;
}

/** What an agent's report needs of its run: without the definition and the journal, which may be large. */
export type ReportedRun = Pick<RunRow, (typeof reportedColumns)[number]>;
const reportedColumns = [
  'id',
  'deployment_id',
  'device_id',
  'device_name',
  'step',
  'journal_revision',
  'cancel_requested',
  'pause_requested',
  'restarts_wait',
  'debug_orders',
] as const;

/** @throws OstlerError NOT_FOUND */
export async function getReportedRun(sql: Queries, id: string): Promise<ReportedRun> {
  const row = await sql.selectFrom('runs').select(reportedColumns).where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'run', id });
  return row;
}

/** @throws OstlerError NOT_FOUND */
export async function getRunRow(sql: Queries, id: string): Promise<RunRow> {
  const row = await sql.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'run', id });
  return row;
}

export async function listRuns(
  sql: Queries,
  filter: { readonly deploymentId?: string | undefined; readonly deviceId?: string | undefined; readonly limit: number },
  sight: Sight,
): Promise<Run[]> {
  let query = sql.selectFrom('runs').select(shownColumns).orderBy('number', 'desc').limit(filter.limit);
  if (filter.deploymentId !== undefined) query = query.where('deployment_id', '=', filter.deploymentId);
  if (filter.deviceId !== undefined) query = query.where('device_id', '=', filter.deviceId);
  query = query.where(within(sight, 'runs.id'));
  return (await query.execute()).map(asRun);
}

/**
 * Keeps the engine's state unless it is older than what is kept; the same revision again is the same state.
 * @returns the run with the revision that is kept now
 */
export async function saveJournal(sql: Queries, id: string, state: EngineState, nowMs: number): Promise<ReportedRun> {
  const saved = await sql
    .updateTable('runs')
    .set({
      journal: JSON.stringify(state),
      journal_revision: state.revision,
      environment: state.environment,
      failure: state.failure === null ? null : JSON.stringify(state.failure),
      failure_code: state.failure?.error.code ?? null,
      failure_step: state.failure?.stepName ?? null,
      paused: state.paused ? 1 : 0,
      window_wait: state.heldRestart === null ? null : JSON.stringify({ until: state.heldRestart.until }),
      // From here on the computer is not in use: half a system on its disk is worse than a restart at a wrong hour.
      ...(state.environment === 'boot-image' ? { restarts_wait: 0 } : {}),
      debugger: debuggerOf(state),
      last_contact_at: nowMs,
    })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .where('journal_revision', '<', state.revision)
    .returning(reportedColumns)
    .executeTakeFirst();
  await dropSettledOrders(sql, id, state);
  return saved ?? getReportedRun(sql, id);
}

/** What the agent shows at this moment, with its new messages. @returns the messages that were new */
export async function saveReport(
  database: Pick<Database, 'sql'>,
  run: ReportedRun,
  { messages, progress, debug }: StatusReport,
  nowMs: number,
): Promise<StatusMessage[]> {
  const step = progress === null ? run.step : JSON.stringify(progress);
  if (step === run.step && debug === null) return addMessages(database.sql, run.id, messages, nowMs);
  return database.sql.transaction().execute(async (transaction) => {
    const view = debug === null ? {} : { debug_view: JSON.stringify(debug) };
    await transaction
      .updateTable('runs')
      .set({ step, ...view })
      .where('id', '=', run.id)
      .execute();
    return addMessages(transaction, run.id, messages, nowMs);
  });
}

/** Ends a run that is running, and its machine's key with it. Call it inside a transaction. @throws OstlerError RUN_ENDED */
export async function endRun(sql: Queries, id: string, state: Exclude<RunState, 'running'>, nowMs: number): Promise<void> {
  const { numUpdatedRows } = await sql
    .updateTable('runs')
    .set({ state, ended_at: nowMs, count_due: 1, pause_requested: 0, paused: 0, window_wait: null, debugger: 'off', debug_view: null })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .executeTakeFirst();
  const row = await getRunRow(sql, id);
  if (numUpdatedRows === 0n) throw new OstlerError('RUN_ENDED', { id, state: row.state });
  await markStale(sql, row.device_id);
  await sql.deleteFrom('agent_keys').where('run_id', '=', id).execute();
  await sql.deleteFrom('debug_orders').where('run_id', '=', id).execute();
  await noteRunEnded(sql, row, state, nowMs);
  await noteIfFinished(sql, row.deployment_id, nowMs);
}

export function journalOf(row: RunRow): EngineState | null {
  return row.journal === null ? null : EngineState.parse(JSON.parse(row.journal));
}

export function definitionOf(row: Pick<RunRow, 'definition'>): TaskSequenceDefinition {
  return TaskSequenceDefinition.parse(JSON.parse(row.definition));
}

function debuggerOf({ debugger: { mode, waiting } }: EngineState): Run['debugger'] {
  if (waiting !== null) return 'waiting';
  return mode === 'off' ? 'off' : 'on';
}
