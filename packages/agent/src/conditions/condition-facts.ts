/** What conditions ask of this computer (the port of packages/task-sequence), a file a kind of question. */
import type { ConditionFacts } from '@ostler/task-sequence';
import { fileProperties, folderProperties } from './file-properties.ts';

export function createConditionFacts(): ConditionFacts {
  return { fileProperties, folderProperties };
}
