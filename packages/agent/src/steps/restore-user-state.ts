/** Restore User State: what Capture User State kept on the disk, into the operating system that was applied since (feature map §2.4). */
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { userStatePath } from '../user-state-path.ts';
import { imagingPort, succeeded, type StepContext, type StepHandler } from './step-context.ts';

export const restoreUserState: StepHandler<'restore-user-state'> = async ({ accounts, removeStore }, context) => {
  const store = context.variables.get('OSDStateStorePath') ?? userStatePath('/');
  // The store may be half removed when the computer stopped: that everything is back is noted before.
  const note = join(context.stateDirectory, `restored-${context.path.join('-')}`);
  if (!(await exists(note))) {
    const added = await context.imaging.restoreUserState({ root: '/', store, accounts }, imagingPort(context));
    await noteRestored(note, context);
    context.log.info({ store, accounts: added.length }, 'user state restored');
  }
  if (removeStore) await rm(store, { recursive: true, force: true });
  return succeeded(`The user state of ${store} is back.`, { store });
};

async function noteRestored(note: string, { stateDirectory }: StepContext): Promise<void> {
  await mkdir(stateDirectory, { recursive: true });
  await writeFile(note, '', { flush: true });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
