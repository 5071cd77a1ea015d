/** Conditions without a computer: in words, checked before they are saved, and as far as they are decided by what is known. Pure. */
import type { Condition } from '@ostler/contract';
import { kindOf } from './kinds/index.ts';
import type { Known, KnownWorld } from './kinds/kind.ts';

/** The condition in words: `_SMSTSBootUEFI equals "true"`, `the file /etc/fstab exists`. */
export function describeCondition(condition: Condition): string {
  if ('all' in condition) return `all of (${condition.all.map(describeCondition).join('; ')})`;
  if ('any' in condition) return `any of (${condition.any.map(describeCondition).join('; ')})`;
  if ('none' in condition) return `none of (${condition.none.map(describeCondition).join('; ')})`;
  return kindOf(condition).describe(condition);
}

/** Everything wrong with a condition that can be said without a computer; of a query, with the character. */
export function conditionProblems(condition: Condition): readonly string[] {
  if ('all' in condition) return condition.all.flatMap(conditionProblems);
  if ('any' in condition) return condition.any.flatMap(conditionProblems);
  if ('none' in condition) return condition.none.flatMap(conditionProblems);
  return kindOf(condition).problems(condition);
}

/**
 * What is known of a condition before the computer is asked, with the reason in words: the parts that decide it. A part that is
 * not known leaves the whole open only where no other part decides it.
 * @throws OstlerError WQL_INVALID for a query that conditionProblems refuses
 */
export function evaluateKnown(condition: Condition | undefined, world: KnownWorld): Known {
  if (condition === undefined) return { verdict: true, reason: 'it has no condition' };
  if ('all' in condition) return decided(condition.all, { decides: false, verdict: false }, world);
  if ('any' in condition) return decided(condition.any, { decides: true, verdict: true }, world);
  if ('none' in condition) return decided(condition.none, { decides: true, verdict: false }, world);
  return kindOf(condition).known(condition, world);
}

/** One part with the verdict that decides is enough for the whole; otherwise all parts are needed. */
function decided(parts: readonly Condition[], rule: { readonly decides: boolean; readonly verdict: boolean }, world: KnownWorld): Known {
  const known = parts.map((part) => evaluateKnown(part, world));
  const deciding = known.find(({ verdict }) => verdict === rule.decides);
  if (deciding) return { verdict: rule.verdict, reason: deciding.reason };
  const open = known.filter(({ verdict }) => verdict === 'unknown');
  if (open.length > 0) return { verdict: 'unknown', reason: open.map(({ reason }) => reason).join('; ') };
  return { verdict: !rule.verdict, reason: known.map(({ reason }) => reason).join('; ') || 'its list is empty' };
}
