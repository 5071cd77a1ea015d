/** Running one step: its tries, time-out, success codes, and what it leaves in the variables. */
import { OstlerError, stepFacts, toErrorBody, type NodePath, type Step } from '@ostler/contract';
import { describePath } from './nodes.ts';
import { environmentNames, type RestartRequest, type StepResult } from './port.ts';
import type { Run } from './run.ts';

export type StepEnd =
  | { readonly kind: 'succeeded'; readonly exitCode: number; readonly restart: RestartRequest | null }
  | { readonly kind: 'failed'; readonly exitCode: number | null; readonly error: OstlerError | Error };

/** ERROR_SUCCESS_REBOOT_REQUIRED: success, and a restart is asked for (feature map §2.2.6). */
const exitCodeRestart = 3010;

/** Runs a step until it succeeds or its tries are used up. A step interrupted earlier counts as one try. */
export async function attemptStep(run: Run, step: Step, path: NodePath, signal: AbortSignal): Promise<StepEnd> {
  let end: StepEnd = interruptedEnd(run, step, path) ?? (await attemptOnce(run, step, path, signal));
  while (end.kind === 'failed' && run.state.attempts < step.retry.count) {
    const attempts = run.state.attempts + 1;
    await run.save({ attempts, cursorState: 'ready' });
    await run.report('note', path, { output: `Try ${attempts + 1} of ${step.retry.count + 1} in ${step.retry.delaySeconds} s.` });
    await run.port.wait(step.retry.delaySeconds * 1000, signal);
    end = await attemptOnce(run, step, path, signal);
  }
  return end;
}

/** A step that was begun before an interruption and must not be begun again has failed. */
function interruptedEnd(run: Run, step: Step, path: NodePath): StepEnd | null {
  if (run.state.cursorState !== 'started' || stepFacts[step.type].interrupted === 'repeat') return null;
  return { kind: 'failed', exitCode: null, error: new OstlerError('STEP_INTERRUPTED', { step: describePath(run.definition.steps, path) }) };
}

async function attemptOnce(run: Run, step: Step, path: NodePath, signal: AbortSignal): Promise<Executed> {
  run.variables.set('_SMSTSCurrentActionName', step.name);
  await run.save({ cursorState: 'started' });
  await run.report('step-started', path, {});
  const startedMs = run.port.now();
  const end = await execute(run, step, path, signal);
  const durationMs = run.port.now() - startedMs;
  setLastAction(run, step, end);
  run.variables.dropSecrets();
  const { exitCode, output, facts } = end;
  const error = end.kind === 'failed' ? maskedBody(run, end.error) : null;
  await run.report(end.kind === 'succeeded' ? 'step-succeeded' : 'step-failed', path, { exitCode, durationMs, output, facts, error });
  return end;
}

type Executed = StepEnd & { readonly output: string; readonly facts: Readonly<Record<string, number | string>> };

async function execute(run: Run, step: Step, path: NodePath, signal: AbortSignal): Promise<Executed> {
  const minutes = step.timeoutMinutes;
  const timeout = minutes > 0 ? AbortSignal.timeout(minutes * 60_000) : null;
  try {
    assertEnvironment(run, step, path);
    await run.loadSecretsFor(step.options);
    const stepSignal = timeout ? AbortSignal.any([signal, timeout]) : signal;
    const loadSecrets = (text: string): Promise<void> => run.variables.loadSecrets(text, run.port);
    const result = await run.port.runStep(step, { path, variables: run.variables, signal: stepSignal, loadSecrets });
    return judge(run, step, path, result);
  } catch (thrown) {
    // The run itself is being stopped: not the step's failure.
    if (signal.aborted) throw thrown;
    const timedOut = timeout?.aborted === true;
    const error = timedOut
      ? new OstlerError('STEP_TIMED_OUT', { step: describePath(run.definition.steps, path), minutes })
      : asError(thrown);
    return { kind: 'failed', exitCode: null, error, output: '', facts: {} };
  }
}

function assertEnvironment(run: Run, step: Step, path: NodePath): void {
  const { environment } = run.state;
  if (stepFacts[step.type].environments.includes(environment)) return;
  const names = { step: describePath(run.definition.steps, path), environment: environmentNames[environment] };
  throw new OstlerError('STEP_WRONG_ENVIRONMENT', names);
}

function judge(run: Run, step: Step, path: NodePath, result: StepResult): Executed {
  const { exitCode, output, facts = {} } = result;
  if (step.successCodes.includes(exitCode)) {
    return { kind: 'succeeded', exitCode, output, facts, restart: result.restart ?? requestedRestart(run, exitCode) };
  }
  const details = { step: describePath(run.definition.steps, path), exitCode, successCodes: step.successCodes.join(' ') };
  return { kind: 'failed', exitCode, output, facts, error: new OstlerError('STEP_FAILED', details) };
}

/** A restart asked for by exit code 3010 or by the variables SMSTSRebootRequested and SMSTSRetryRequested, which it consumes. */
function requestedRestart(run: Run, exitCode: number): RestartRequest | null {
  const { variables, state } = run;
  const requested = variables.get('SMSTSRebootRequested')?.toLowerCase();
  const retryStep = variables.get('SMSTSRetryRequested')?.toLowerCase() === 'true';
  variables.set('SMSTSRebootRequested', '');
  variables.set('SMSTSRetryRequested', '');
  const targets: Readonly<Record<string, RestartRequest['target']>> = { hd: 'installed-os', winpe: 'boot-image', true: state.environment };
  const target = requested === undefined ? undefined : targets[requested];
  if (target !== undefined) return { target, retryStep };
  return exitCode === exitCodeRestart ? { target: state.environment } : null;
}

function setLastAction(run: Run, step: Step, end: StepEnd): void {
  run.variables.set('_SMSTSLastActionName', step.name);
  run.variables.set('_SMSTSLastActionRetCode', String(end.exitCode ?? -1));
  run.variables.set('_SMSTSLastActionSucceeded', String(end.kind === 'succeeded'));
}

function maskedBody(run: Run, error: unknown) {
  const body = toErrorBody(error);
  return { ...body, message: run.variables.mask(body.message) };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
