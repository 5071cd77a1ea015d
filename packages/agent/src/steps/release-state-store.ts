/** Release State Store: what was captured is complete and read-only; what was restored is kept for its retention and no longer (feature map §2.4). */
import { OstlerError } from '@ostler/contract';
import { patience, stateStoreVariables } from '../state-store.ts';
import { succeeded, type StepHandler } from './step-context.ts';

export const releaseStateStore: StepHandler<'release-state-store'> = async (_options, context) => {
  const { variables, link, assignment } = context;
  const storeId = variables.get(stateStoreVariables.id);
  if (storeId === undefined) throw new OstlerError('STATE_STORE_NOT_REQUESTED', { purpose: 'capture or restore' });
  const { state } = await link.call('agent.releaseStateStore', { params: { id: assignment.runId, storeId } }, patience(context));
  for (const name of Object.values(stateStoreVariables)) variables.set(name, '');
  // The disk may be next: a run must not go on as if the files were safe.
  if (state === 'expired' || state === 'open') throw new OstlerError('STATE_STORE_NOT_CAPTURED', {});
  return succeeded(`The state store ${storeId} is ${state}.`, { storeId, state });
};
