/** Restart Computer: into the boot environment or the installed system. How a machine is restarted is restart.ts. */
import type { StepHandler } from './step-context.ts';

export const restartComputer: StepHandler<'restart-computer'> = async ({ target, delaySeconds, message }, { variables }) => {
  return { exitCode: 0, output: '', restart: { target, delaySeconds, message: variables.expand(message) } };
};
