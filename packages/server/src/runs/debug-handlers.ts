/** Handlers of a run's debugger, for people: what it shows, and commands on their way to the run. The run itself obeys or refuses them. */
import {
  DebugView,
  noDebugger,
  OstlerError,
  type DebugCommand,
  type DebugOrder,
  type DebugSession,
  type DebugState,
  type GiveDebugCommand,
} from '@ostler/contract';
import { assertSettable, debugNodes } from '@ostler/task-sequence';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { Queries } from '../devices/store.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { addOrder, nextOrderNumber, pendingOrders } from './debug-orders-store.ts';
import { findStep } from './find-step.ts';
import type { RunDependencies } from './handlers.ts';
import { definitionOf, getRunRow, journalOf, type RunRow } from './store.ts';

export type DebugDependencies = Pick<RunDependencies, 'database' | 'events'> & { readonly seal: SecretSeal };

export function debugHandlers({
  database: { sql },
  events,
  seal,
}: DebugDependencies): Pick<HandlersOf<'runs'>, 'runs.debugger' | 'runs.debug'> {
  return {
    'runs.debugger': async ({ params: { id } }) => {
      const row = await getRunRow(sql, id);
      return sessionOf(row, await pendingOrders(sql, row, seal));
    },
    'runs.debug': async ({ params: { id }, body }, { log }) => {
      const given = await sql.transaction().execute((transaction) => give(transaction, id, body, seal));
      const { order, session } = given;
      log.info({ runId: id, deviceName: session.deviceName, order, command: body.command }, 'debugger of a run told by an administrator');
      events.publish((await getRunRow(sql, id)).deployment_id, { kind: 'changed' });
      return given;
    },
  };
}

/** @throws OstlerError NOT_FOUND, RUN_ENDED, DEBUG_OFF, DEBUG_NOT_WAITING, DEBUG_STOP_PASSED, DEBUG_COMMAND_PENDING, RUN_STEP_NOT_FOUND … */
async function give(sql: Queries, id: string, body: GiveDebugCommand, seal: SecretSeal) {
  await getRunRow(sql, id);
  const number = await nextOrderNumber(sql, id);
  const row = await getRunRow(sql, id);
  if (row.state !== 'running') throw new OstlerError('RUN_ENDED', { id, state: row.state });
  const command = withPath(body, row);
  const pending = await pendingOrders(sql, row, seal);
  assertTimely(command, row, debuggerOf(row), pending);
  if (command.command === 'set-variable') assertSettable(command.name);
  await addOrder(sql, id, { number, command }, seal);
  return { order: number, session: sessionOf(row, [...pending, { number, command }]) };
}

function withPath(body: GiveDebugCommand, row: RunRow): DebugCommand {
  if (!('step' in body)) return body;
  const { step, ...rest } = body;
  return { ...rest, path: findStep(definitionOf(row), row.id, step) };
}

/** Refused at once where the journal says so already. The run looks again: somebody at the computer may be faster. */
function assertTimely(command: DebugCommand, { id }: RunRow, state: DebugState, pending: readonly DebugOrder[]): void {
  if (command.command !== 'stop' && state.mode === 'off') throw new OstlerError('DEBUG_OFF', { id });
  if (!('at' in command)) return;
  const { command: name, at } = command;
  if (state.waiting === null) throw new OstlerError('DEBUG_NOT_WAITING', { command: name, at });
  if (at !== state.stop) throw new OstlerError('DEBUG_STOP_PASSED', { command: name, at, stop: state.stop });
  const mover = pending.find((order) => moves(order.command));
  if (mover !== undefined) throw new OstlerError('DEBUG_COMMAND_PENDING', { id, command: mover.command.command, stop: at });
}

/** After it the run is no longer where it was. */
function moves({ command }: DebugCommand): boolean {
  return ['step', 'run', 'skip', 'set-next', 'quit'].includes(command);
}

function debuggerOf(row: RunRow): DebugState {
  return journalOf(row)?.debugger ?? noDebugger;
}

function sessionOf(row: RunRow, pending: readonly DebugOrder[]): DebugSession {
  const { mode, stop, waiting, settled } = debuggerOf(row);
  const view = row.debug_view === null ? null : DebugView.parse(JSON.parse(row.debug_view));
  const isOfThisStop = waiting !== null && view?.stop === stop;
  return {
    runId: row.id,
    deviceName: row.device_name,
    taskSequenceName: row.task_sequence_name,
    runState: row.state,
    environment: row.environment,
    mode,
    stop,
    waiting,
    steps: debugNodes(definitionOf(row), journalOf(row)),
    last: view?.last ?? null,
    variables: isOfThisStop ? view.variables : null,
    pending: pending.map(({ number }) => number),
    settled,
  };
}
