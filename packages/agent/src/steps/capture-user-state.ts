/**
 * Capture User State: the users' folders and accounts into a store at the site, or on the computer's own disk (feature map §2.4). In the boot environment
 * they are those of the system that is there.
 */
import { join } from 'node:path';
import { formatBytes, type StepOptions } from '@ostler/contract';
import { requestedStore, sendUserState } from '../state-store.ts';
import { userStatePath } from '../user-state-path.ts';
import { withUsersOfSystem } from './installed-system.ts';
import { imagingPort, succeeded, type StepContext, type StepHandler } from './step-context.ts';

type Options = StepOptions<'capture-user-state'>;

export const captureUserState: StepHandler<'capture-user-state'> = async (options, context) => {
  const storeId = requestedStore('capture', context);
  return storeId === null ? captureHere(options, context) : captureToSite(storeId, options, context);
};

async function captureHere({ folders, method, systemPartition: partition }: Options, context: StepContext) {
  const { variables, imaging } = context;
  const store = storeInSystem(context);
  const kept = await withUsersOfSystem({ folders, access: 'change', partition }, context, (root) =>
    imaging.captureUserState({ root, store: join(root, store), folders, method }, imagingPort(context)),
  );
  variables.set('OSDStateStorePath', store);
  return succeeded(kept.length === 0 ? 'There is no user state.' : `${kept.join(', ')} in ${store}`, { store, folders: kept.length });
}

/** The store as the system has it that the state is restored in: in the boot environment a path may be given below where that is mounted. */
function storeInSystem({ variables, target }: StepContext): string {
  const store = variables.get('OSDStateStorePath') ?? userStatePath('/');
  return store.startsWith(`${target.rootPath}/`) ? store.slice(target.rootPath.length) : store;
}

async function captureToSite(storeId: string, { folders, systemPartition: partition }: Options, context: StepContext) {
  const began = performance.now();
  const sent = await withUsersOfSystem({ folders, access: 'read', partition }, context, (root) =>
    sendUserState(storeId, { root, folders, scratch: context.stateDirectory }, context),
  );
  const captureMs = Math.round(performance.now() - began);
  const without = sent.leftOut.length === 0 ? '' : `; left out, because mounted from elsewhere: ${sent.leftOut.join(', ')}`;
  const text = `${sent.folders.join(', ') || 'No folder'} in the store ${storeId}: ${formatBytes(sent.sizeBytes)}${without}`;
  return succeeded(text, { storeId, folders: sent.folders.length, storeBytes: sent.sizeBytes, captureMs });
}
