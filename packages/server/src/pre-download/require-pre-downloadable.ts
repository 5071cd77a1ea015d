/** Whether it makes sense that computers fetch the content of a deployment before their run. */
import { OstlerError, type Deployment, type TaskSequenceDefinition } from '@ostler/contract';
import { activeSteps } from '@ostler/task-sequence';
import { offeredTo } from '../deployments/offered-to.ts';
import type { Queries } from '../devices/store.ts';
import { definitionToRun } from '../runs/definition-to-run.ts';

type Asked = Pick<Deployment, 'taskSequenceId' | 'taskSequenceVersion' | 'availableTo'>;

/** @throws OstlerError PRE_DOWNLOAD_USELESS, NOT_FOUND */
export async function requirePreDownloadable(sql: Queries, { taskSequenceId, taskSequenceVersion, availableTo }: Asked): Promise<void> {
  const { sequence, definition } = await definitionToRun(sql, {
    task_sequence_id: taskSequenceId,
    task_sequence_version: taskSequenceVersion,
  });
  const reason = offeredTo.client.includes(availableTo) ? clearsDisk(definition) : 'the deployment is not made available to clients';
  if (reason !== null) throw new OstlerError('PRE_DOWNLOAD_USELESS', { name: sequence.name, reason });
}

/** A client keeps content on the disk that its system is on. */
function clearsDisk({ startsIn, steps }: TaskSequenceDefinition): string | null {
  if (startsIn === 'installed-os') return null;
  const clearing = [...activeSteps(steps)].find(({ step }) => step.type === 'format-and-partition-disk');
  return clearing === undefined ? null : `its step ${clearing.step.name} clears the disk, and with it what was fetched`;
}
