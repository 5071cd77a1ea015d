/**
 * Prepare OS for Capture: takes this computer's identity and leavings out of the running system. The agent's own folder stays:
 * the run goes on from it until the restart, and the capture leaves it out. What the system writes while it shuts down, or after
 * an unplanned restart, is taken away once more by the capture.
 */
import { agentPaths } from '../install-agent.ts';
import { imagingPort, succeeded, type StepHandler } from './step-context.ts';

export const preparedVariable = '_OstlerPreparedForCapture';

export const prepareOsForCapture: StepHandler<'prepare-os-for-capture'> = async (_options, context) => {
  const items = await context.imaging.generalizeTree({ root: '/', keep: agentPaths }, imagingPort(context));
  context.variables.set(preparedVariable, 'true');
  return succeeded(items.map(({ item, paths }) => `${item}: ${paths.length}`).join('\n'), { items: items.length });
};
