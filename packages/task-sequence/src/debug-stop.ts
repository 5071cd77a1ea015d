/** Where a run stops for its debugger and waits there (feature map §2.5): before a node, and at a failure instead of ending. */
import {
  toErrorBody,
  type DebugState,
  type DebugWait,
  type EngineState,
  type Node,
  type NodePath,
  type OstlerError,
} from '@ostler/contract';
import { obey, type Passage } from './debug-commands.ts';
import { pathKey } from './nodes.ts';
import type { Run } from './run.ts';

/** A run begins in the debugger where this variable is true: the site sets it for a deployment in debug mode. */
export function beginsInDebugger(run: Run): boolean {
  return isTrue(run, 'TSDebugMode');
}

/**
 * Asked before each node. Settles at once when the run does not stop here, otherwise when somebody moves it; `moved` also when it is to
 * be cancelled: whoever asked looks again.
 */
export async function passDebugger(run: Run, node: Node, path: NodePath, signal: AbortSignal): Promise<Exclude<Passage, 'stay'>> {
  if (run.state.debugger.waiting === null) {
    await obeyArrived(run);
    const reason = stopReason(run.state.debugger, node, path);
    if (reason === null) return 'visit';
    await stopAt(run, path, { reason }, {});
  }
  return untilMoved(run, path, signal);
}

/** Between two stops a breakpoint may be set, and the debugger told to stop or to quit: the next node is not before that. */
async function obeyArrived(run: Run): Promise<void> {
  for (let told = run.port.takeDebugInstruction(); told !== null; told = run.port.takeDebugInstruction()) await obey(run, told);
}

/** A failure that would end the run stops it in its debugger instead: at the step, which runs again from its beginning. */
export async function stopsAtFailure(run: Run, path: NodePath, exitCode: number | null, error: Error): Promise<boolean> {
  if (run.state.debugger.mode === 'off' && !isTrue(run, 'TSDebugOnError')) return false;
  const failure = run.failureOf(path, exitCode, error);
  await stopAt(run, path, { reason: 'failed', failure }, { cursor: path, cursorState: 'ready', attempts: 0, repeats: 0 });
  return true;
}

async function untilMoved(run: Run, path: NodePath, signal: AbortSignal): Promise<Exclude<Passage, 'stay'>> {
  let refused: OstlerError | null = null;
  for (;;) {
    // Somebody quit at a failure: it was told before the power went.
    if (run.state.debugger.mode === 'off') return 'ends';
    const told = run.port.takeDebugInstruction();
    if (told !== null) {
      const answer = await obey(run, told);
      if (answer.passage !== 'stay') return answer.passage;
      ({ refused } = answer);
      continue;
    }
    if (run.port.cancelRequested()) return 'moved';
    const { debugger: state } = run.state;
    const stop = { path, state, variables: run.variables.list(), refused: refused === null ? null : toErrorBody(refused) };
    await run.withoutCounting(() => run.port.untilDebugInstruction(stop, signal));
  }
}

const reasons: Readonly<Record<DebugWait['reason'], string>> = {
  step: 'before this step',
  breakpoint: 'at a breakpoint',
  failed: 'at a failure, instead of ending',
};

/** One save: after a power cut the run waits where it stopped. */
async function stopAt(run: Run, path: NodePath, waiting: DebugWait, place: Partial<EngineState>): Promise<void> {
  const before = run.state.debugger;
  const mode = before.mode === 'off' ? 'stepping' : before.mode;
  await run.save({ ...place, debugger: { ...before, mode, stop: before.stop + 1, waiting } });
  await run.report('debugger-waits', path, { output: `The run waits in the debugger ${reasons[waiting.reason]}.` });
}

/** What is disabled is passed over: stepping shows what happens. A breakpoint stops anywhere. */
function stopReason({ mode, breakpoints }: DebugState, node: Node, path: NodePath): 'step' | 'breakpoint' | null {
  if (mode === 'off') return null;
  if (breakpoints.some((each) => pathKey(each) === pathKey(path))) return 'breakpoint';
  return mode === 'stepping' && node.enabled ? 'step' : null;
}

function isTrue({ variables }: Run, name: string): boolean {
  return variables.get(name)?.trim().toLowerCase() === 'true';
}
