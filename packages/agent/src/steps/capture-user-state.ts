/** Capture User State: the users' folders and accounts into a store on the computer's own disk (feature map §2.4, *locally*). */
import { userStatePath } from '../user-state-path.ts';
import { imagingPort, succeeded, type StepHandler } from './step-context.ts';

export const captureUserState: StepHandler<'capture-user-state'> = async ({ folders, method }, context) => {
  const store = context.variables.get('OSDStateStorePath') ?? userStatePath('/');
  const kept = await context.imaging.captureUserState({ root: '/', store, folders, method }, imagingPort(context));
  context.variables.set('OSDStateStorePath', store);
  return succeeded(kept.length === 0 ? 'There is no user state.' : `${kept.join(', ')} in ${store}`, { store, folders: kept.length });
};
