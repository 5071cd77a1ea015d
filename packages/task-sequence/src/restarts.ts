/**
 * Restarts that a step asks for: by its type, by its result, by exit code 3010, by variables (feature map §2.2.6 and §3.2), and how
 * long the computer waits before it.
 */
import { stepFacts, type Step } from '@ostler/contract';
import type { RestartRequest, StepResult } from './port.ts';
import type { Run } from './run.ts';

/** ERROR_SUCCESS_REBOOT_REQUIRED: success, and a restart is asked for. */
const exitCodeRestart = 3010;
const longestDelaySeconds = 86_400;

/**
 * What a step that succeeded has asked for. The variables of the request are consumed here, by the step that set them; a step that
 * fails consumes them too (`dropRequest`), so that a request never reaches a step that knows nothing of it.
 */
export function requestedRestart(run: Run, step: Step, result: StepResult): RestartRequest | null {
  const byVariable = takeRequest(run);
  if (result.restart) return result.restart;
  if (byVariable) return byVariable;
  if (result.exitCode === exitCodeRestart) return { target: run.state.environment };
  const { restartsTo } = stepFacts[step.type];
  return restartsTo === undefined ? null : { target: restartsTo };
}

/** A step that failed restarts nothing, whatever it asked for. */
export function dropRequest(run: Run): void {
  takeRequest(run);
}

/** SMSTSRebootRequested is HD, WinPE or true, which is the environment of this moment; SMSTSRetryRequested alone asks for nothing. */
function takeRequest({ variables, state }: Run): RestartRequest | null {
  const requested = variables.get('SMSTSRebootRequested')?.toLowerCase();
  const retryStep = variables.get('SMSTSRetryRequested')?.toLowerCase() === 'true';
  for (const name of ['SMSTSRebootRequested', 'SMSTSRetryRequested']) {
    if (variables.has(name)) variables.set(name, '');
  }
  const targets: Readonly<Record<string, RestartRequest['target']>> = { hd: 'installed-os', winpe: 'boot-image', true: state.environment };
  const target = requested === undefined ? undefined : targets[requested];
  return target === undefined ? null : { target, retryStep };
}

/**
 * How long the computer waits and what it shows: what the request says, otherwise SMSTSRebootDelay and SMSTSRebootMessage.
 * SMSTSRebootDelayNext becomes the delay of every later restart.
 */
export function takeNotice({ variables }: Run, request: RestartRequest): { readonly delaySeconds: number; readonly message: string } {
  const delaySeconds = request.delaySeconds ?? wholeSeconds(variables.get('SMSTSRebootDelay'));
  const message = request.message ?? variables.expand(variables.get('SMSTSRebootMessage') ?? '');
  const next = variables.get('SMSTSRebootDelayNext');
  if (next !== undefined) variables.set('SMSTSRebootDelay', next);
  return { delaySeconds, message: variables.mask(message) };
}

/** What is no whole number of seconds is no delay: a restart is never held up by a typing mistake. */
function wholeSeconds(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Math.min(Number(text), longestDelaySeconds) : 0;
}
