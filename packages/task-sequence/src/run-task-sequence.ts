/**
 * The engine: runs a task sequence from its journal to its end, or to the next restart. It knows control flow; what a step
 * does, where state is kept and how time passes is the port's (port.ts). Semantics: feature map §2.2.
 *
 * INVARIANTS
 * - The state is saved before a step begins (`started`) and after it ended (`ready`, at the next node), so that after any
 *   interruption the journal tells whether a step may have been begun.
 * - A run that stops unexpectedly again and again ends: it never loops.
 */
import {
  OstlerError,
  stepFacts,
  toErrorBody,
  type Group,
  type Node,
  type NodePath,
  type Step,
  type TaskSequenceDefinition,
} from '@ostler/contract';
import { conditionHolds } from './conditions/condition-holds.ts';
import { describeCondition } from './conditions/describe-condition.ts';
import { nodeAt, pathAfter, pathAfterFailure } from './nodes.ts';
import { environmentNames, type EngineOutcome, type EnginePort, type RestartRequest } from './port.ts';
import { Run, type RunOptions } from './run.ts';
import { attemptStep, type StepEnd } from './step-attempt.ts';
import { Variables } from './variables.ts';

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
  const cannotGoOn = options.journal ? await resume(run, options) : await begin(run);
  if (cannotGoOn) return run.fail(run.state.cursor ?? [], null, cannotGoOn);
  for (;;) {
    signal.throwIfAborted();
    const { cursor } = run.state;
    if (cursor === null) return run.end();
    const obstacle = obstacleBetweenSteps(run, definition, port);
    if (obstacle) return run.fail(cursor, null, obstacle);
    const node = nodeAt(definition.steps, cursor);
    const outcome = node === undefined ? await run.end() : await visit(run, node, cursor, signal);
    if (outcome) return outcome;
  }
}

async function begin(run: Run): Promise<null> {
  await run.report('run-started', [], {});
  await run.save({});
  return null;
}

/** Decides whether an interrupted run may go on. Answers the reason where it may not. */
async function resume(run: Run, { environment, maxUnexpectedRestarts }: RunOptions): Promise<OstlerError | null> {
  const { state } = run;
  // Ended, but perhaps not known to the server yet: nothing runs again.
  if (state.result !== null) return null;
  if (state.plannedRestart) {
    if (state.environment !== environment) {
      return new OstlerError('RUN_WRONG_ENVIRONMENT', {
        expected: environmentNames[state.environment],
        actual: environmentNames[environment],
      });
    }
    await run.report('resumed', state.cursor ?? [], { output: 'after the planned restart' });
    await run.save({ plannedRestart: false, environment });
    return null;
  }
  const count = state.unexpectedRestarts + 1;
  await run.report('resumed', state.cursor ?? [], { output: `after stopping unexpectedly (${count} of at most ${maxUnexpectedRestarts})` });
  await run.save({ unexpectedRestarts: count, environment });
  return count > maxUnexpectedRestarts ? new OstlerError('RUN_TOO_MANY_RESTARTS', { count }) : null;
}

function obstacleBetweenSteps(run: Run, { maximumRunTimeMinutes: minutes }: TaskSequenceDefinition, port: EnginePort): OstlerError | null {
  if (port.cancelRequested()) return new OstlerError('CANCELLED', {});
  const elapsedMs = port.now() - Date.parse(run.state.startedAt);
  return minutes > 0 && elapsedMs > minutes * 60_000 ? new OstlerError('RUN_TOO_LONG', { minutes }) : null;
}

/** Enters a group, runs a step, or skips either. Answers an outcome when the sequence stops here. */
async function visit(run: Run, node: Node, path: NodePath, signal: AbortSignal): Promise<EngineOutcome | null> {
  const reason = run.state.cursorState === 'started' ? null : await reasonToSkip(run, node, path, signal);
  if (isFailure(reason)) return conditionFailed(run, path, reason);
  if (reason !== null) {
    await skip(run, node, path, reason);
    return null;
  }
  if (node.type === 'group') {
    await enterGroup(run, node, path);
    return null;
  }
  return runOneStep(run, node, path, signal);
}

/**
 * Order: enabled, then condition (feature map §2.2.4). A skip does not touch the last action's result. A condition that
 * cannot be answered fails the node: what is not known must neither run nor be left out in silence.
 */
async function reasonToSkip(run: Run, node: Node, path: NodePath, signal: AbortSignal): Promise<string | FailedStep | null> {
  if (!node.enabled) return 'disabled';
  if (node.condition === undefined) return null;
  const { variables, port } = run;
  try {
    await run.loadSecretsFor(node.condition);
    const world = { variables, facts: port.conditionFacts({ path, variables, signal }) };
    return (await conditionHolds(node.condition, world)) ? null : `condition not met: ${describeCondition(node.condition)}`;
  } catch (thrown) {
    // The run itself is being stopped: not the condition's failure.
    if (signal.aborted) throw thrown;
    return { kind: 'failed', exitCode: null, error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }
}

type FailedStep = StepEnd & { readonly kind: 'failed' };

function isFailure(reason: string | FailedStep | null): reason is FailedStep {
  return reason !== null && typeof reason !== 'string';
}

async function conditionFailed(run: Run, path: NodePath, end: FailedStep): Promise<EngineOutcome | null> {
  const body = toErrorBody(end.error);
  await run.report('step-failed', path, { error: { ...body, message: run.variables.mask(body.message) } });
  return stepFailed(run, path, end);
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
  return end.kind === 'succeeded' ? stepSucceeded(run, step, path, end) : stepFailed(run, path, end);
}

async function stepSucceeded(run: Run, step: Step, path: NodePath, end: StepEnd & { kind: 'succeeded' }): Promise<EngineOutcome | null> {
  run.recordOutcome(path, 'succeeded', end.exitCode);
  const restart = end.restart ?? plannedRestartOf(step);
  const next = restart?.retryStep === true ? path : pathAfter(run.definition.steps, path);
  if (!restart) {
    await run.advance(next);
    return null;
  }
  return restartInto(run, restart, path, next);
}

function plannedRestartOf(step: Step): RestartRequest | null {
  const { restartsTo } = stepFacts[step.type];
  return restartsTo === undefined ? null : { target: restartsTo };
}

async function restartInto(run: Run, restart: RestartRequest, path: NodePath, next: NodePath | null): Promise<EngineOutcome> {
  const { target, delaySeconds = 0, message = '' } = restart;
  await run.report('restarting', path, { output: `into the ${environmentNames[target]}` });
  await run.save({ cursor: next, cursorState: 'ready', attempts: 0, environment: target, plannedRestart: true });
  return { kind: 'restart', target, delaySeconds, message };
}

async function stepFailed(run: Run, path: NodePath, end: StepEnd & { kind: 'failed' }): Promise<EngineOutcome | null> {
  run.recordOutcome(path, 'failed', end.exitCode);
  const absorbed = pathAfterFailure(run.definition.steps, path);
  if (!absorbed) return run.fail(path, end.exitCode, end.error);
  await run.report('note', path, { output: `The failure is absorbed by "continue on error": ${toErrorBody(end.error).message}` });
  await run.advance(absorbed.next);
  return null;
}
