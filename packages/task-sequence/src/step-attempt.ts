/** Running one step: its tries, time-out, success codes, and what it leaves in the variables. */
import { OstlerError, stepFacts, type NodePath, type Step } from '@ostler/contract';
import { maskedError } from './masked-error.ts';
import { describePath } from './nodes.ts';
import { environmentNames, type RestartRequest, type StepResult } from './port.ts';
import { dropRequest, requestedRestart } from './restarts.ts';
import type { Run } from './run.ts';

export type StepEnd =
  | { readonly kind: 'succeeded'; readonly exitCode: number; readonly restart: RestartRequest | null }
  | { readonly kind: 'failed'; readonly exitCode: number | null; readonly error: OstlerError | Error };

/** Runs a step until it succeeds or its tries are used up. A step interrupted earlier counts as one try. */
export async function attemptStep(run: Run, step: Step, path: NodePath, signal: AbortSignal): Promise<StepEnd> {
  let end: StepEnd = interruptedEnd(run, step, path) ?? (await attemptOnce(run, step, path, signal));
  while (end.kind === 'failed' && mayRetry(run, step, end.error)) {
    const attempts = run.state.attempts + 1;
    await run.save({ attempts, cursorState: 'ready' });
    await run.report('note', path, { output: `Try ${attempts + 1} of ${step.retry.count + 1} in ${step.retry.delaySeconds} s.` });
    await run.port.wait(step.retry.delaySeconds * 1000, signal);
    if (run.port.cancelRequested()) break;
    end = await attemptOnce(run, step, path, signal);
  }
  return end;
}

/** Where the step is does not change by trying again, and neither does the time that is left of the run. */
function mayRetry(run: Run, step: Step, error: Error): boolean {
  if (run.state.attempts >= step.retry.count || run.timeLeftMs() <= 0) return false;
  return !(error instanceof OstlerError && error.code === 'STEP_WRONG_ENVIRONMENT');
}

/** A step that was begun before an interruption and must not be begun again has failed. */
function interruptedEnd(run: Run, step: Step, path: NodePath): StepEnd | null {
  if (run.state.cursorState !== 'started' || stepFacts[step.type].interrupted === 'repeat') return null;
  const end = { kind: 'failed', exitCode: null, error: new OstlerError('STEP_INTERRUPTED', { step: nameOf(run, path) }) } as const;
  setLastAction(run, step, end);
  return end;
}

async function attemptOnce(run: Run, step: Step, path: NodePath, signal: AbortSignal): Promise<Executed> {
  run.variables.set('_SMSTSCurrentActionName', step.name);
  await run.save({ cursorState: 'started' });
  await run.report('step-started', path, {});
  const startedMs = run.port.elapsed();
  const end = await execute(run, step, path, signal);
  const durationMs = run.port.elapsed() - startedMs;
  setLastAction(run, step, end);
  run.variables.dropSecrets();
  const { exitCode, output, facts } = end;
  const error = end.kind === 'failed' ? maskedError(end.error, run.variables) : null;
  await run.report(end.kind === 'succeeded' ? 'step-succeeded' : 'step-failed', path, { exitCode, durationMs, output, facts, error });
  return end;
}

type Executed = StepEnd & { readonly output: string; readonly facts: Readonly<Record<string, number | string>> };

async function execute(run: Run, step: Step, path: NodePath, signal: AbortSignal): Promise<Executed> {
  const limit = timeLimitOf(run, step, path);
  try {
    assertEnvironment(run, step, path);
    await run.loadSecretsFor(step.options);
    const stepSignal = limit ? AbortSignal.any([signal, limit.signal]) : signal;
    const result = await run.port.runStep(step, run.contextAt(path, stepSignal));
    return judge(run, step, path, result);
  } catch (thrown) {
    // The run itself is being stopped: not the step's failure.
    if (signal.aborted) throw thrown;
    dropRequest(run);
    const error = limit?.signal.aborted === true ? limit.error : asError(thrown);
    return { kind: 'failed', exitCode: null, error, output: '', facts: {} };
  }
}

interface TimeLimit {
  readonly signal: AbortSignal;
  /** What a step has failed with that was ended by it. */
  readonly error: OstlerError;
}

/** The step's own time-out or what is left of the run's maximum time, whichever is shorter. */
function timeLimitOf(run: Run, step: Step, path: NodePath): TimeLimit | null {
  const minutes = step.timeoutMinutes;
  const ownMs = minutes > 0 ? minutes * 60_000 : Number.POSITIVE_INFINITY;
  const leftMs = run.timeLeftMs();
  if (Math.min(ownMs, leftMs) === Number.POSITIVE_INFINITY) return null;
  if (ownMs > leftMs) return { signal: run.port.timeout(Math.max(0, leftMs)), error: run.tooLong() };
  return { signal: run.port.timeout(ownMs), error: new OstlerError('STEP_TIMED_OUT', { step: nameOf(run, path), minutes }) };
}

function assertEnvironment(run: Run, step: Step, path: NodePath): void {
  const { environment } = run.state;
  if (stepFacts[step.type].environments.includes(environment)) return;
  throw new OstlerError('STEP_WRONG_ENVIRONMENT', { step: nameOf(run, path), environment: environmentNames[environment] });
}

function judge(run: Run, step: Step, path: NodePath, result: StepResult): Executed {
  const { exitCode, output, facts = {} } = result;
  if (step.successCodes.includes(exitCode)) {
    return { kind: 'succeeded', exitCode, output, facts, restart: requestedRestart(run, step, result) };
  }
  dropRequest(run);
  const details = { step: nameOf(run, path), exitCode, successCodes: step.successCodes.join(' ') };
  return { kind: 'failed', exitCode, output, facts, error: new OstlerError('STEP_FAILED', details) };
}

function setLastAction(run: Run, step: Step, end: StepEnd): void {
  run.variables.set('_SMSTSLastActionName', step.name);
  run.variables.set('_SMSTSLastActionRetCode', String(end.exitCode ?? -1));
  run.variables.set('_SMSTSLastActionSucceeded', String(end.kind === 'succeeded'));
}

function nameOf(run: Run, path: NodePath): string {
  return describePath(run.definition.steps, path);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
