/**
 * The engine: runs a task sequence from its journal to its end, or to the next restart. It knows control flow; what a step
 * does, where state is kept and how time passes is the port's (port.ts). Semantics: feature map §2.2.
 *
 * INVARIANTS
 * - The state is saved before a step begins (`started`) and after it ended (`ready`, at the next node), so that after any
 *   interruption the journal tells whether a step may have been begun.
 * - Whether a node runs is decided once, when it is reached: never again after a try, a restart or an interruption.
 * - A run that stops unexpectedly at one place again and again ends, and so does one whose step asks for one restart after the other: it never loops.
 */
import {
  OstlerError,
  toErrorBody,
  type EngineState,
  type Group,
  type HeldRestart,
  type Node,
  type NodePath,
  type Step,
  type TaskSequenceDefinition,
} from '@ostler/contract';
import { atSafePoint } from './between-steps.ts';
import { unavailableChild } from './child-sequences.ts';
import { beginsInDebugger, passDebugger, stopsAtFailure } from './debug-stop.ts';
import { decideEntry } from './entry.ts';
import { arrived, untilRestartIsAllowed } from './held-restart.ts';
import { maskedError } from './masked-error.ts';
import { describePath, nodeAt, pathAfter, pathAfterFailure } from './nodes.ts';
import { environmentNames, type EngineOutcome, type EnginePort, type RestartRequest } from './port.ts';
import { takeNotice } from './restarts.ts';
import { Run, type RunOptions } from './run.ts';
import { attemptStep, type StepEnd } from './step-attempt.ts';
import { Variables } from './variables.ts';

/** So often in a row may a step ask to be run again after a restart. Updates that need ten rounds are on record; twenty are not. */
const mostRepeats = 20;

/**
 * Runs until the sequence has ended or wants a restart. When `signal` aborts it rejects with the signal's reason and the
 * journal stays as it was: the run can go on later.
 */
export async function runTaskSequence(
  definition: TaskSequenceDefinition,
  options: RunOptions,
  port: EnginePort,
  signal: AbortSignal,
): Promise<EngineOutcome> {
  const variables = new Variables(options.variables);
  if (options.journal) await variables.fromJournal(options.journal.variables, port);
  const run = new Run(definition, options, variables, port);
  const cannotGoOn = options.journal ? await resume(run, options) : await begin(run, options);
  if (cannotGoOn) return run.fail(run.state.cursor ?? [], null, cannotGoOn);
  for (;;) {
    signal.throwIfAborted();
    const outcome = await proceed(run, options, signal);
    if (outcome) return outcome;
  }
}

async function proceed(run: Run, options: RunOptions, signal: AbortSignal): Promise<EngineOutcome | null> {
  const { heldRestart, cursor } = run.state;
  if (heldRestart !== null) return restartWhenAllowed(run, heldRestart, signal);
  return cursor === null ? run.end() : goOn(run, cursor, options, signal);
}

/** From one safe point to the next. Answers an outcome when the sequence stops here. */
async function goOn(run: Run, cursor: NodePath, { environment }: RunOptions, signal: AbortSignal): Promise<EngineOutcome | null> {
  const obstacle = await atSafePoint(run, signal);
  if (obstacle) return run.fail(cursor, null, obstacle);
  const { goOnIn } = run.state;
  if (goOnIn !== null && goOnIn !== environment) return restartInto(run, { target: goOnIn }, cursor, cursor);
  const node = nodeAt(run.definition.steps, cursor);
  return node === undefined ? run.end() : reach(run, node, cursor, signal);
}

/** The debugger may stop here, and send the run elsewhere. */
async function reach(run: Run, node: Node, path: NodePath, signal: AbortSignal): Promise<EngineOutcome | null> {
  const { waiting } = run.state.debugger;
  const passage = await passDebugger(run, node, path, signal);
  if (passage === 'visit') return visit(run, node, path, signal);
  return passage === 'ends' && waiting?.reason === 'failed' ? run.failWith(waiting.failure) : null;
}

/** A client begins a sequence of the boot environment in the installed system: the first thing is the restart into where it begins. */
async function begin(run: Run, { environment }: RunOptions): Promise<OstlerError | null> {
  const { startsIn } = run.definition;
  await run.report('run-started', [], {});
  await run.save({
    goOnIn: startsIn === environment ? null : startsIn,
    ...(beginsInDebugger(run) ? { debugger: { ...run.state.debugger, mode: 'stepping' } } : {}),
  });
  return unavailableChild(run.definition);
}

/** Decides whether an interrupted run may go on. Answers the reason where it may not. */
async function resume(run: Run, options: RunOptions): Promise<OstlerError | null> {
  const { state } = run;
  const { environment } = options;
  // Ended, but perhaps not known to the server yet: nothing runs again.
  if (state.result !== null) return null;
  if (state.plannedRestart) {
    if (state.environment !== environment) {
      return new OstlerError('RUN_WRONG_ENVIRONMENT', {
        expected: environmentNames[state.environment],
        actual: environmentNames[environment],
      });
    }
    await run.report('resumed', state.cursor ?? [], { output: 'as planned' });
    await run.save({ plannedRestart: false, environment });
    return null;
  }
  const stop = stopOf(state);
  if (stop === null) return stoppedUnexpectedly(run, options);
  await run.report('resumed', state.cursor ?? [], { output: `after a restart ${stop}` });
  await run.save({ environment, ...(arrived(state, environment) ? { heldRestart: null } : {}) });
  return null;
}

/** Where a run stands still, people may switch the computer off: that is no unexpected stop. */
function stopOf(state: EngineState): string | null {
  if (state.paused) return 'during the pause';
  if (state.debugger.waiting !== null) return 'while it waited in the debugger';
  return state.heldRestart === null ? null : 'while it waited for a maintenance window';
}

/** Counted at the place where the run is: it ends where it never gets on. */
async function stoppedUnexpectedly(run: Run, { environment, maxUnexpectedRestarts }: RunOptions): Promise<OstlerError | null> {
  const { cursor, unexpectedRestarts } = run.state;
  const count = unexpectedRestarts + 1;
  const output = `after stopping unexpectedly (${count} of at most ${maxUnexpectedRestarts} here)`;
  await run.report('resumed', cursor ?? [], { output });
  await run.save({ unexpectedRestarts: count, environment });
  if (count <= maxUnexpectedRestarts) return null;
  const step = nodeAt(run.definition.steps, cursor ?? [])?.name ?? run.definition.name;
  return new OstlerError('RUN_TOO_MANY_RESTARTS', { count, step });
}

/** Enters a group, runs a step, or skips either. Answers an outcome when the sequence stops here. */
async function visit(run: Run, node: Node, path: NodePath, signal: AbortSignal): Promise<EngineOutcome | null> {
  const entry = await decideEntry(run, node, path, signal);
  if (entry.kind === 'failed') return conditionFailed(run, path, entry);
  if (entry.kind === 'skip') {
    await skip(run, node, path, entry.reason);
    return null;
  }
  if (node.type === 'group') {
    await enterGroup(run, node, path);
    return null;
  }
  return runOneStep(run, node, path, signal);
}

/** What is not known must neither run nor be left out in silence: the node fails. */
async function conditionFailed(run: Run, path: NodePath, { error }: { readonly error: Error }): Promise<EngineOutcome | null> {
  await run.report('step-failed', path, { error: maskedError(error, run.variables) });
  return stepFailed(run, path, { kind: 'failed', exitCode: null, error });
}

async function skip(run: Run, node: Node, path: NodePath, reason: string): Promise<void> {
  await run.report('step-skipped', path, { output: reason });
  if (node.type !== 'group') run.recordOutcome(path, 'skipped', null);
  await run.advance(pathAfter(run.definition.steps, path));
}

async function enterGroup(run: Run, group: Group, path: NodePath): Promise<void> {
  await run.advance(group.steps.length > 0 ? [...path, 0] : pathAfter(run.definition.steps, path));
}

async function runOneStep(run: Run, step: Step, path: NodePath, signal: AbortSignal): Promise<EngineOutcome | null> {
  const end = await attemptStep(run, step, path, signal);
  return end.kind === 'succeeded' ? stepSucceeded(run, path, end) : stepFailed(run, path, end);
}

async function stepSucceeded(run: Run, path: NodePath, end: StepEnd & { kind: 'succeeded' }): Promise<EngineOutcome | null> {
  const { restart } = end;
  if (restart?.retryStep === true) return repeatStep(run, path, restart);
  run.recordOutcome(path, 'succeeded', end.exitCode);
  const next = pathAfter(run.definition.steps, path);
  if (restart) return restartInto(run, restart, path, next);
  await run.advance(next);
  return null;
}

/** The step is not done: it goes on after the restart. */
async function repeatStep(run: Run, path: NodePath, restart: RestartRequest): Promise<EngineOutcome | null> {
  const repeats = run.state.repeats + 1;
  if (repeats <= mostRepeats) return restartInto(run, restart, path, path, repeats);
  const error = new OstlerError('RUN_REPEATS_WITHOUT_END', { step: describePath(run.definition.steps, path), count: mostRepeats });
  return stepFailed(run, path, { kind: 'failed', exitCode: null, error });
}

/** A restart that is held is kept with the place where the run goes on after it; then the run has nothing else to do. */
async function restartInto(
  run: Run,
  request: RestartRequest,
  path: NodePath,
  next: NodePath | null,
  repeats = 0,
): Promise<EngineOutcome | null> {
  const restart = { path, target: request.target, ...takeNotice(run, request) };
  const place = { cursor: next, cursorState: 'ready', attempts: 0, repeats, unexpectedRestarts: 0, goOnIn: null } as const;
  const hold = run.port.restartHold();
  if (hold === null) return restartNow(run, restart, place);
  await run.save({ ...place, heldRestart: { ...restart, ...hold } });
  return null;
}

async function restartWhenAllowed(run: Run, held: HeldRestart, signal: AbortSignal): Promise<EngineOutcome> {
  const obstacle = await untilRestartIsAllowed(run, held, signal);
  return obstacle === null ? restartNow(run, held, {}) : run.fail(held.path, null, obstacle);
}

async function restartNow(
  run: Run,
  { path, target, delaySeconds, message }: Omit<HeldRestart, 'until'>,
  place: Partial<EngineState>,
): Promise<EngineOutcome> {
  await run.report('restarting', path, { output: `into the ${environmentNames[target]}` });
  await run.save({ ...place, environment: target, plannedRestart: true, heldRestart: null });
  return { kind: 'restart', target, delaySeconds, message };
}

async function stepFailed(run: Run, path: NodePath, end: StepEnd & { kind: 'failed' }): Promise<EngineOutcome | null> {
  run.recordOutcome(path, 'failed', end.exitCode);
  const absorbed = pathAfterFailure(run.definition.steps, path);
  if (!absorbed) {
    if (await stopsAtFailure(run, path, end.exitCode, end.error)) return null;
    return run.fail(path, end.exitCode, end.error);
  }
  await run.report('note', path, { output: `The failure is absorbed by "continue on error": ${toErrorBody(end.error).message}` });
  await run.advance(absorbed.next);
  return null;
}
