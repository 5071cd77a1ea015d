/** Whether a condition holds on a computer, now (feature map §2.3). What each kind asks is in kinds/. */
import type { Condition } from '@ostler/contract';
import type { ConditionWorld } from './facts.ts';
import { kindOf } from './kinds/index.ts';

/**
 * Whether the condition holds; a missing condition does. Parts are asked in their order, and no further than needed.
 * @throws what the facts throw: a condition that cannot be answered is an error, never false
 */
export async function conditionHolds(condition: Condition | undefined, world: ConditionWorld): Promise<boolean> {
  if (condition === undefined) return true;
  if ('all' in condition) return !(await someIs(condition.all, false, world));
  if ('any' in condition) return someIs(condition.any, true, world);
  if ('none' in condition) return !(await someIs(condition.none, true, world));
  return kindOf(condition).holds(condition, world);
}

async function someIs(parts: readonly Condition[], wanted: boolean, world: ConditionWorld): Promise<boolean> {
  for (const part of parts) {
    if ((await conditionHolds(part, world)) === wanted) return true;
  }
  return false;
}
