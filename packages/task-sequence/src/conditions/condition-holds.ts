/** Whether a condition holds on a computer, now (feature map §2.3). */
import type { Condition, FileCondition, FolderCondition, VariableCondition } from '@ostler/contract';
import { compareVersions, orderHolds } from './compare.ts';
import type { ConditionWorld } from './facts.ts';
import { variableConditionHolds } from './variable-condition.ts';

/**
 * Whether the condition holds; a missing condition does. Parts are asked in their order, and no further than needed.
 * @throws what the facts throw: a condition that cannot be answered is an error, never false
 */
export async function conditionHolds(condition: Condition | undefined, world: ConditionWorld): Promise<boolean> {
  if (condition === undefined) return true;
  if ('all' in condition) return !(await someIs(condition.all, false, world));
  if ('any' in condition) return someIs(condition.any, true, world);
  if ('none' in condition) return !(await someIs(condition.none, true, world));
  if ('file' in condition) return fileHolds(condition, world);
  if ('folder' in condition) return folderHolds(condition, world);
  return variableHolds(condition, world);
}

async function someIs(parts: readonly Condition[], wanted: boolean, world: ConditionWorld): Promise<boolean> {
  for (const part of parts) {
    if ((await conditionHolds(part, world)) === wanted) return true;
  }
  return false;
}

function variableHolds({ variable, operator, value = '' }: VariableCondition, { variables }: ConditionWorld): boolean {
  return variableConditionHolds(operator, { value: variables.get(variable), exists: variables.has(variable) }, variables.expand(value));
}

async function fileHolds({ file, version, modified }: FileCondition, { facts, variables }: ConditionWorld): Promise<boolean> {
  const found = await facts.fileProperties(variables.expand(file));
  if (found === null) return false;
  if (modified && !orderHolds(modified.operator, found.modifiedMs - Date.parse(modified.value))) return false;
  if (version === undefined) return true;
  return found.version !== null && orderHolds(version.operator, compareVersions(found.version, variables.expand(version.value)));
}

async function folderHolds({ folder, modified }: FolderCondition, { facts, variables }: ConditionWorld): Promise<boolean> {
  const found = await facts.folderProperties(variables.expand(folder));
  if (found === null) return false;
  return modified === undefined || orderHolds(modified.operator, found.modifiedMs - Date.parse(modified.value));
}
