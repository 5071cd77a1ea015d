/** Request State Store: room at the site for this computer's user state, or the newest state that it may restore (feature map §2.4). */
import { setTimeout as sleep } from 'node:timers/promises';
import { isOstlerError, type ErrorCode, type GrantedStateStore, type StateStorePurpose } from '@ostler/contract';
import { patience, stateStoreVariables } from '../state-store.ts';
import { succeeded, type StepContext, type StepHandler } from './step-context.ts';

/** What may be otherwise in a while: somebody makes room, the other computer ends its capture. */
const passing: readonly ErrorCode[] = ['STATE_STORES_FULL', 'STATE_STORE_NOTHING_TO_RESTORE'];

/** OSDStateSMPRetryCount and OSDStateSMPRetryTime win over the options. */
export const requestStateStore: StepHandler<'request-state-store'> = async ({ purpose, retryCount, retryDelaySeconds }, context) => {
  const { variables } = context;
  const tries = 1 + numberIn(variables.get('OSDStateSMPRetryCount'), retryCount);
  const delayMs = 1000 * numberIn(variables.get('OSDStateSMPRetryTime'), retryDelaySeconds);
  const { id, deviceName } = await request(purpose, { tries, delayMs }, context);
  variables.set(stateStoreVariables.id, id);
  variables.set(stateStoreVariables.purpose, purpose);
  variables.set(stateStoreVariables.path, `site:${id}`);
  const text = purpose === 'capture' ? `The store ${id} takes the user state.` : `The user state of ${deviceName} is in the store ${id}.`;
  return succeeded(text, { storeId: id, purpose, capturedFrom: deviceName });
};

async function request(
  purpose: StateStorePurpose,
  { tries, delayMs }: { readonly tries: number; readonly delayMs: number },
  context: StepContext,
): Promise<GrantedStateStore> {
  const { link, assignment, log, signal } = context;
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await link.call('agent.requestStateStore', { params: { id: assignment.runId }, body: { purpose } }, patience(context));
    } catch (error) {
      if (left === 0 || !isOstlerError(error) || !passing.includes(error.code)) throw error;
      log.info({ err: error.message, triesLeft: left, delayMs }, 'there is no state store yet');
    }
    await sleep(delayMs, undefined, { signal });
  }
}

function numberIn(text: string | undefined, otherwise: number): number {
  const trimmed = text?.trim() ?? '';
  return /^\d{1,4}$/.test(trimmed) ? Number(trimmed) : otherwise;
}
