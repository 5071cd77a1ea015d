/** How conditions compare: numbers, texts and versions. Pure. */
import type { Comparison, VariableOperator } from '@ostler/contract';
import { matchesPattern, wildcards } from './pattern.ts';

const verdicts: Readonly<Record<Comparison, (order: number) => boolean>> = {
  equals: (order) => order === 0,
  notEquals: (order) => order !== 0,
  less: (order) => order < 0,
  lessEqual: (order) => order <= 0,
  greater: (order) => order > 0,
  greaterEqual: (order) => order >= 0,
};

/** Whether what `order` says of two values (negative: the first is less) is what the operator wants. */
export function orderHolds(operator: Comparison, order: number): boolean {
  return verdicts[operator](order);
}

type Test = (actual: string, wanted: string) => boolean;
const compared =
  (operator: Comparison): Test =>
  (actual, wanted) =>
    orderHolds(operator, compareTexts(actual, wanted));
const matches: Test = (actual, wanted) => matchesPattern(actual, wildcards(wanted));
const tests: Readonly<Record<Exclude<VariableOperator, 'exists' | 'notExists'>, Test>> = {
  equals: compared('equals'),
  notEquals: compared('notEquals'),
  less: compared('less'),
  lessEqual: compared('lessEqual'),
  greater: compared('greater'),
  greaterEqual: compared('greaterEqual'),
  like: matches,
  notLike: (actual, wanted) => !matches(actual, wanted),
};

/**
 * Whether a value is as wanted. Without a value nothing compares: only notExists, notEquals and notLike hold then.
 * @param actual a secret that is not fetched exists without a value
 */
export function valueHolds(
  operator: VariableOperator,
  actual: { readonly value: string | undefined; readonly exists: boolean },
  wanted: string,
): boolean {
  if (operator === 'exists' || operator === 'notExists') return actual.exists === (operator === 'exists');
  if (actual.value === undefined) return operator === 'notEquals' || operator === 'notLike';
  return tests[operator](actual.value, wanted);
}

/** Numbers as numbers, everything else as text without regard to case. */
export function compareTexts(a: string, b: string): number {
  const numeric = /^-?\d+(\.\d+)?$/;
  if (numeric.test(a) && numeric.test(b)) return Number(a) - Number(b);
  const left = a.toLowerCase();
  const right = b.toLowerCase();
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/**
 * Versions part by part: 1.10 is after 1.9, 1.2 and 1.2.0 are the same, and 2.0~rc1 is before 2.0. An epoch (`1:2.3`) counts
 * only where both have one.
 */
export function compareVersions(a: string, b: string): number {
  const bothEpochs = a.includes(':') && b.includes(':');
  const left = partsOf(a, bothEpochs);
  const right = partsOf(b, bothEpochs);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = compareParts(left[index], right[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function partsOf(version: string, withEpoch: boolean): readonly string[] {
  return (withEpoch ? version : version.replace(/^\d+:/, '')).match(/\d+|[a-z]+|~/gi) ?? [];
}

function compareParts(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === '~' || b === '~') return a === '~' ? -1 : 1;
  return compareTexts(a ?? '0', b ?? '0');
}
