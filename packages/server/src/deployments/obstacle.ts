/** What keeps a task sequence from being started on every computer alike that a deployment is made available to. */
import { TaskSequenceDefinition, type AvailableTo } from '@ostler/contract';
import { z } from 'zod';

const { enabled, startsIn, maximumRunTimeMinutes } = TaskSequenceDefinition.shape;

/** The fields of a stored definition that decide it: a boot asks for them, and long sequences are not read whole for that. */
export const StartFields = z.object({ enabled, startsIn, maximumRunTimeMinutes });

/** The reason in words, or null: nothing stands in its way (feature map §1.7). What begins in the boot environment, a client restarts into that. */
export function obstacleOf(
  definition: Pick<z.output<typeof StartFields>, 'enabled' | 'startsIn'>,
  availableTo: AvailableTo,
): string | null {
  if (definition.startsIn === 'installed-os' && availableTo.startsWith('media')) {
    return 'it begins in the installed operating system, where only a client can start it';
  }
  return definition.enabled ? null : 'the task sequence is disabled';
}
