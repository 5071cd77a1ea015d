/**
 * A restart that waits for a maintenance window of the computer (feature map §1.8). It is in the journal, so a power cut or a new start of the
 * agent takes nothing back: the run waits on. Which restarts wait, the site says (`restartHold` of the port).
 */
import { windowWaitText, type EngineState, type Environment, type HeldRestart, type OstlerError, type WindowWait } from '@ostler/contract';
import { atSafePoint } from './between-steps.ts';
import { environmentNames } from './port.ts';
import type { Run } from './run.ts';

/**
 * Settles when the computer may restart. Answers the reason where the run ends here instead: as between two steps, it can be paused and cancelled,
 * and the time that it waits is not the run's.
 */
export async function untilRestartIsAllowed(run: Run, held: HeldRestart, signal: AbortSignal): Promise<OstlerError | null> {
  let told: WindowWait | null = null;
  for (;;) {
    const obstacle = await atSafePoint(run, signal);
    if (obstacle !== null) return obstacle;
    const hold = run.port.restartHold();
    if (hold === null) return null;
    if (hold.until !== (told ?? held).until) await run.save({ heldRestart: { ...held, ...hold } });
    if (told === null || hold.until !== told.until) await run.report('restart-waits', held.path, { output: waitText(held.target, hold) });
    told = hold;
    await run.withoutCounting(() => run.port.untilRestartHoldDiffers(hold, signal));
  }
}

/** A person brought the computer to where the restart was to lead. From the installed system into itself, that cannot be told. */
export function arrived({ heldRestart }: EngineState, environment: Environment): boolean {
  return environment === 'boot-image' && heldRestart?.target === 'boot-image';
}

function waitText(target: Environment, hold: WindowWait): string {
  return `The computer ${windowWaitText(hold)}. It restarts into the ${environmentNames[target]} when one opens.`;
}
