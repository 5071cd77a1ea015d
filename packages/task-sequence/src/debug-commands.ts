/**
 * What each command does to a run that waits in the debugger, or goes on with one. The waiting itself is debug-stop.ts.
 *
 * INVARIANT: an order of the site is settled by the same save as its effect: it is never obeyed twice, and never lost half done.
 */
import { OstlerError, toErrorBody, type DebugCommand, type DebugState, type EngineState, type NodePath } from '@ostler/contract';
import { describePath, nodeAt, pathAfter, pathKey, placeOf } from './nodes.ts';
import type { DebugInstruction } from './port.ts';
import type { Run } from './run.ts';
import { assertSettable } from './variables.ts';

/** stay: it waits on; visit: the node at the cursor is next; moved: look again where the cursor is now; ends: with the failure it waits at. */
export type Passage = 'stay' | 'visit' | 'moved' | 'ends';

interface Effect {
  readonly passage: Passage;
  readonly debugger?: Partial<DebugState>;
  readonly state?: Pick<EngineState, 'cursor'>;
  /** For people, after `tells the debugger to`. */
  readonly told: string;
}

type Effects = { readonly [C in DebugCommand['command']]: (run: Run, command: Extract<DebugCommand, { command: C }>) => Effect };

const goesOn = { waiting: null } as const;

const effects: Effects = {
  step: () => ({ passage: 'visit', debugger: { ...goesOn, mode: 'stepping' }, told: 'step' }),
  run: () => ({ passage: 'visit', debugger: { ...goesOn, mode: 'running' }, told: 'run' }),
  skip: (run) => {
    const cursor = run.state.cursor ?? [];
    if (nodeAt(run.definition.steps, cursor)?.type !== 'group') run.recordOutcome(cursor, 'skipped', null);
    const next = pathAfter(run.definition.steps, cursor);
    return { passage: 'moved', debugger: { ...goesOn, mode: 'stepping' }, state: { cursor: next }, told: 'skip this' };
  },
  'set-next': (run, { path }) => {
    assertNode(run, path);
    // What runs again is not yet as it was.
    run.forgetOutcomesFrom(path);
    const told = `go on at ${nameOf(run, path)}`;
    return { passage: 'moved', debugger: { ...goesOn, mode: 'stepping' }, state: { cursor: path }, told };
  },
  'set-variable': ({ variables }, { name, value, secret }) => {
    assertSettable(name);
    variables.set(name, value, { secret: secret || variables.isSecret(name) });
    return { passage: 'stay', told: `set the variable ${name}` };
  },
  'set-breakpoint': (run, { path }) => {
    assertNode(run, path);
    const others = withoutPath(run.state.debugger.breakpoints, path);
    return { passage: 'stay', debugger: { breakpoints: [...others, path] }, told: `stop at ${nameOf(run, path)}` };
  },
  'clear-breakpoint': (run, { path }) => {
    const breakpoints = withoutPath(run.state.debugger.breakpoints, path);
    return { passage: 'stay', debugger: { breakpoints }, told: `stop no more at ${nameOf(run, path)}` };
  },
  'clear-breakpoints': () => ({ passage: 'stay', debugger: { breakpoints: [] }, told: 'stop at no breakpoint any more' }),
  stop: () => ({ passage: 'stay', debugger: { mode: 'stepping' }, told: 'stop before the next step' }),
  // At a failure it goes on waiting, for the end that is saved next.
  quit: ({ state }) =>
    state.debugger.waiting?.reason === 'failed'
      ? { passage: 'ends', debugger: { mode: 'off' }, told: 'quit' }
      : { passage: 'visit', debugger: { ...goesOn, mode: 'off' }, told: 'quit' },
};

/** So many settled orders are remembered: whoever gave one asks soon. */
const rememberedOrders = 20;

/** Obeys one instruction, or refuses it. The answer is durable, and so is what it changed. */
export async function obey(run: Run, { number, command }: DebugInstruction): Promise<{ passage: Passage; refused: OstlerError | null }> {
  if (number !== null && number <= lastSettled(run.state.debugger)) return { passage: 'stay', refused: null };
  const at = run.state.cursor ?? [];
  const effect = effectOf(run, command);
  if (effect instanceof OstlerError) {
    if (number !== null) await run.save({ debugger: settle(run.state.debugger, number, effect) });
    return { passage: 'stay', refused: effect };
  }
  const place = effect.state === undefined ? {} : ({ ...effect.state, cursorState: 'ready', attempts: 0, repeats: 0 } as const);
  await run.save({ ...place, debugger: settle({ ...run.state.debugger, ...effect.debugger }, number, null) });
  const who = number === null ? 'A person at the computer' : 'An administrator';
  await run.report('debugger-told', at, { output: `${who} tells the debugger to ${effect.told}.` });
  return { passage: effect.passage, refused: null };
}

function effectOf(run: Run, command: DebugCommand): Effect | OstlerError {
  try {
    assertMeantForNow(run, command);
    // Safe: the table has, for each command, the function that takes exactly this command.
    return (effects[command.command] as (run: Run, command: DebugCommand) => Effect)(run, command);
  } catch (error) {
    if (error instanceof OstlerError) return error;
    throw error;
  }
}

function lastSettled({ settled }: DebugState): number {
  return settled.at(-1)?.number ?? 0;
}

function settle(state: DebugState, number: number | null, error: OstlerError | null): DebugState {
  if (number === null) return state;
  const settled = { number, error: error === null ? null : toErrorBody(error) };
  return { ...state, settled: [...state.settled, settled].slice(-rememberedOrders) };
}

/** Two people may drive at once: what was meant for a stop that has passed is not done at another. */
function assertMeantForNow({ state }: Run, command: DebugCommand): void {
  if (!('at' in command)) return;
  const { waiting, stop } = state.debugger;
  const { at } = command;
  if (waiting === null) throw new OstlerError('DEBUG_NOT_WAITING', { command: command.command, at });
  if (at !== stop) throw new OstlerError('DEBUG_STOP_PASSED', { command: command.command, at, stop });
}

function assertNode(run: Run, path: NodePath): void {
  if (nodeAt(run.definition.steps, path) === undefined) throw new OstlerError('DEBUG_STEP_NOT_FOUND', { place: placeOf(path) });
}

function nameOf(run: Run, path: NodePath): string {
  return `${placeOf(path)} (${describePath(run.definition.steps, path)})`;
}

function withoutPath(paths: readonly NodePath[], path: NodePath): NodePath[] {
  return paths.filter((each) => pathKey(each) !== pathKey(path));
}
