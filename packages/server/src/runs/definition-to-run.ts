/** The definition that a run of a deployment would get now. */
import type { TaskSequence, TaskSequenceDefinition } from '@ostler/contract';
import { expandChildren } from '@ostler/task-sequence';
import type { Tables } from '../database/tables.ts';
import type { Queries } from '../devices/store.ts';
import { findChildren } from '../task-sequences/children.ts';
import { getTaskSequence } from '../task-sequences/store.ts';

export interface DefinitionToRun {
  readonly sequence: TaskSequence;
  /** With the newest version of every sequence that it runs in its place. */
  readonly definition: TaskSequenceDefinition;
}

/** The pinned or newest version. @throws OstlerError NOT_FOUND */
export async function definitionToRun(
  sql: Queries,
  deployment: Pick<Tables['deployments'], 'task_sequence_id' | 'task_sequence_version'>,
): Promise<DefinitionToRun> {
  const sequence = await getTaskSequence(sql, deployment.task_sequence_id, deployment.task_sequence_version);
  const { definition } = expandChildren(sequence.definition, await findChildren(sql, sequence.definition), sequence.id);
  return { sequence, definition };
}
