/** Restore User State: what Capture User State kept at the site or on the disk, into the operating system that was applied since (feature map §2.4). */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../exists.ts';
import { fetchedStateFolder, receiveUserState, requestedStore } from '../state-store.ts';
import { userStatePath } from '../user-state-path.ts';
import { imagingPort, succeeded, type StepContext, type StepHandler } from './step-context.ts';

export const restoreUserState: StepHandler<'restore-user-state'> = async ({ accounts, removeStore }, context) => {
  const storeId = requestedStore('restore', context);
  const store = storeId === null ? (context.variables.get('OSDStateStorePath') ?? userStatePath('/')) : fetchedStateFolder(context);
  // The store may be half removed when the computer stopped: that everything is back is noted before.
  const note = join(context.stateDirectory, `restored-${context.path.join('-')}`);
  if (!(await exists(note))) {
    if (storeId !== null) await receiveUserState(storeId, store, context);
    const added = await context.imaging.restoreUserState({ root: '/', store, accounts }, imagingPort(context));
    await noteRestored(note, context);
    context.log.info({ store, accounts: added.length }, 'user state restored');
  }
  // What was fetched is still at the site.
  if (removeStore || storeId !== null) await rm(store, { recursive: true, force: true });
  return succeeded(`The user state of ${storeId ?? store} is back.`, { store: storeId ?? store });
};

async function noteRestored(note: string, { stateDirectory }: StepContext): Promise<void> {
  await mkdir(stateDirectory, { recursive: true });
  await writeFile(note, '', { flush: true });
}
