/** What is looked at between two steps, where a run can stop and go on safely: cancelling, pausing, the run's maximum time. */
import { OstlerError } from '@ostler/contract';
import type { Run } from './run.ts';

/** Settles when the next node may be visited. Answers the reason where the run ends here instead. */
export async function atSafePoint(run: Run, signal: AbortSignal): Promise<OstlerError | null> {
  const { port } = run;
  if (port.pauseRequested() && !port.cancelRequested()) await pause(run, signal);
  if (run.state.paused) await run.save({ paused: false });
  if (port.cancelRequested()) return new OstlerError('CANCELLED', {});
  return run.timeLeftMs() <= 0 ? run.tooLong() : null;
}

async function pause(run: Run, signal: AbortSignal): Promise<void> {
  const path = run.state.cursor ?? [];
  await run.save({ paused: true });
  await run.report('paused', path, { output: 'An administrator has paused the run.' });
  await run.withoutCounting(() => run.port.untilContinued(signal));
  await run.save({ paused: false });
  if (!run.port.cancelRequested()) await run.report('continued', path, {});
}
