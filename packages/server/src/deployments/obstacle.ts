/** What keeps a task sequence from being started on every computer alike, whoever it is deployed to. */
import { TaskSequenceDefinition } from '@ostler/contract';
import { z } from 'zod';

const { enabled, startsIn, maximumRunTimeMinutes } = TaskSequenceDefinition.shape;

/** The fields of a stored definition that decide it: a boot asks for them, and long sequences are not read whole for that. */
export const StartFields = z.object({ enabled, startsIn, maximumRunTimeMinutes });

/** The reason in words, or null: nothing stands in its way (feature map §1.7). */
export function obstacleOf(definition: Pick<z.output<typeof StartFields>, 'enabled' | 'startsIn'>): string | null {
  if (definition.startsIn === 'installed-os') {
    return 'it begins in the installed operating system, where nothing starts it: let another one run it with Run Task Sequence, after a restart';
  }
  return definition.enabled ? null : 'the task sequence is disabled';
}
