/** Set Task Sequence Variable. */
import { OstlerError } from '@ostler/contract';
import { succeeded, type StepHandler } from './step-context.ts';

export const setTaskSequenceVariable: StepHandler<'set-task-sequence-variable'> = async ({ variable, value, secret }, { variables }) => {
  if (variable.startsWith('_')) throw new OstlerError('VARIABLE_READ_ONLY', { variable });
  const expanded = variables.expand(value);
  variables.set(variable, expanded, { secret });
  return succeeded(`${variable} = ${secret ? '********' : expanded}`, {});
};
