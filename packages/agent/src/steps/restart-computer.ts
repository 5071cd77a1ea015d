/** Restart Computer: into the boot environment or the installed system. How a machine is restarted is restart.ts. */
import type { StepHandler } from './step-context.ts';

/** The variables SMSRebootTimeout and SMSRebootMessage win over the step's options, as every variable of a step does (feature map §3.1). */
export const restartComputer: StepHandler<'restart-computer'> = async ({ target, delaySeconds, message }, { variables }) => {
  const timeout = variables.get('SMSRebootTimeout')?.trim() ?? '';
  const seconds = /^\d{1,5}$/.test(timeout) ? Number(timeout) : delaySeconds;
  const text = variables.expand(variables.get('SMSRebootMessage') ?? message);
  return { exitCode: 0, output: '', restart: { target, delaySeconds: seconds, message: variables.mask(text) } };
};
