/** Capture User State: the users' folders and accounts into a store at the site, or on the computer's own disk (feature map §2.4). */
import { formatBytes, type StepOptions } from '@ostler/contract';
import { requestedStore, sendUserState } from '../state-store.ts';
import { userStatePath } from '../user-state-path.ts';
import { imagingPort, succeeded, type StepContext, type StepHandler } from './step-context.ts';

export const captureUserState: StepHandler<'capture-user-state'> = async (options, context) => {
  const storeId = requestedStore('capture', context);
  return storeId === null ? captureHere(options, context) : captureToSite(storeId, options, context);
};

async function captureHere({ folders, method }: StepOptions<'capture-user-state'>, context: StepContext) {
  const store = context.variables.get('OSDStateStorePath') ?? userStatePath('/');
  const kept = await context.imaging.captureUserState({ root: '/', store, folders, method }, imagingPort(context));
  context.variables.set('OSDStateStorePath', store);
  return succeeded(kept.length === 0 ? 'There is no user state.' : `${kept.join(', ')} in ${store}`, { store, folders: kept.length });
}

async function captureToSite(storeId: string, { folders }: StepOptions<'capture-user-state'>, context: StepContext) {
  const began = performance.now();
  const from = { root: '/', folders, scratch: context.stateDirectory };
  const sent = await sendUserState(storeId, from, context);
  const captureMs = Math.round(performance.now() - began);
  const without = sent.leftOut.length === 0 ? '' : `; left out, because mounted from elsewhere: ${sent.leftOut.join(', ')}`;
  const text = `${sent.folders.join(', ') || 'No folder'} in the store ${storeId}: ${formatBytes(sent.sizeBytes)}${without}`;
  return succeeded(text, { storeId, folders: sent.folders.length, storeBytes: sent.sizeBytes, captureMs });
}
