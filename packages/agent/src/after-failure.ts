/** After a failed run, in the boot environment: what a person at the computer can do about it, until the time is over. */
import { isOstlerError, toErrorBody, type EngineState, type Failure, type RunAssignment } from '@ostler/contract';
import type { AgentWorld } from './app.ts';
import { plainVariables } from './journal.ts';
import type { ToldEnd } from './end-run.ts';
import type { RunEnd } from './run-sequence.ts';
import { askAfterFailure, type AfterFailure } from './screen/ask.ts';
import type { Choice, FailedView } from './screen/screen-state.ts';

export interface EndedRun {
  readonly assignment: Pick<RunAssignment, 'runId' | 'variables'>;
  readonly state: EngineState | null;
  readonly told: ToldEnd;
  /** Tells the server again what it has not got: the end, the messages, the log. */
  readonly tell: (patienceMs: number) => Promise<ToldEnd>;
}

/** Enough for the largest picture. */
const shownOutputLines = 40;

/** Before anything can be chosen: the server is still being told. */
export function failedView({ run, failedOutput }: Pick<RunEnd, 'run' | 'failedOutput'>, failure: Failure): FailedView {
  const sequenceName = run.assignment.definition.name;
  const output = failedOutput
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-shownOutputLines);
  const logPath = run.logFile.path;
  return { view: 'failed', sequenceName, failure, output, logPath, logDelivered: false, secondsLeft: null, choices: [], note: '' };
}

/** @returns the key of the run's next life, when a person began it; null: the computer is to restart. */
export async function afterFailure(failed: FailedView, run: EndedRun, world: AgentWorld, signal: AbortSignal): Promise<string | null> {
  let ended = run.told;
  let note = '';
  for (;;) {
    const { told } = ended;
    // A computer that restarted by itself would take with it what nobody else knows.
    const unattended = told
      ? ({ seconds: secondsShown(run, world.failureShownSeconds), byItself: 'restart' } as const)
      : ({ seconds: world.failureToldSeconds, byItself: 'upload' } as const);
    const view = { ...failed, logDelivered: told, choices: offered(ended, world), note };
    const choice = await askAfterFailure(world.screen, view, unattended, signal);
    world.hello.log.info({ runId: run.assignment.runId, choice }, 'chosen after the failure');
    if (choice === 'restart') return null;
    const reaction = await reactions[choice]({ ...run, told: ended }, world, signal);
    if (reaction.key !== null) return reaction.key;
    ended = reaction.told ?? ended;
    ({ note } = reaction);
  }
}

/** SMSTSErrorDialogTimeout (feature map §3.2), in seconds; what is no number of seconds counts for nothing. The run's value comes first. */
function secondsShown({ state, assignment }: EndedRun, otherwise: number): number {
  const name = 'SMSTSErrorDialogTimeout';
  const ofRun = state === null ? undefined : plainVariables(state).get(name);
  const wanted = ofRun ?? assignment.variables.find((each) => each.name.toLowerCase() === name.toLowerCase())?.value ?? '';
  return /^\d{1,9}$/.test(wanted.trim()) ? Number(wanted) : otherwise;
}

function offered({ told, retryProof }: ToldEnd, { shell }: AgentWorld): Choice[] {
  return [
    ...(retryProof === null ? [] : [{ key: 'R', label: 'retry this step' }]),
    ...(told ? [] : [{ key: 'L', label: 'upload the log' }]),
    ...(shell === null ? [] : [{ key: 'S', label: 'open a shell' }]),
    { key: 'Enter', label: 'restart the computer' },
  ];
}

interface Reaction {
  readonly key: string | null;
  /** What the person is told where there is no key. */
  readonly note: string;
  /** Where more was told. */
  readonly told?: ToldEnd;
}
type Reactions = {
  readonly [C in Exclude<AfterFailure, 'restart'>]: (ended: EndedRun, world: AgentWorld, signal: AbortSignal) => Promise<Reaction>;
};

/** How long a retry waits for the server before the person is asked again. */
const retryPatienceMs = 30_000;

const reactions: Reactions = {
  retry: async ({ assignment, told }, { link }, signal) => {
    const call = { params: { id: assignment.runId }, body: { proof: told.retryProof ?? '' } };
    return attempt(
      async () => ({ key: (await link.call('agent.retry', call, { signal, patienceMs: retryPatienceMs })).key, note: '' }),
      signal,
    );
  },
  upload: async ({ tell }, { failureToldSeconds }) => {
    const told = await tell(failureToldSeconds * 1000);
    return {
      key: null,
      told,
      note: told.told ? 'The site has the whole log now.' : 'The site does not answer: the log could not be uploaded.',
    };
  },
  shell: (_ended, { shell }, signal) =>
    attempt(async () => {
      await shell?.(signal);
      return { key: null, note: 'The shell has ended.' };
    }, signal),
};

async function attempt(act: () => Promise<Reaction>, signal: AbortSignal): Promise<Reaction> {
  try {
    return await act();
  } catch (error) {
    signal.throwIfAborted();
    if (!isOstlerError(error)) throw error;
    return { key: null, note: toErrorBody(error).message };
  }
}
