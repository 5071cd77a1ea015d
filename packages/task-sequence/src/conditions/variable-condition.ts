/** Conditions on a variable. Pure. */
import type { VariableOperator } from '@ostler/contract';
import { compareTexts, wildcardPattern } from './compare.ts';

type Test = (actual: string | undefined, wanted: string, exists: boolean) => boolean;

/** Without a value nothing compares: only notExists, notEquals and notLike hold then. */
const tests: Readonly<Record<VariableOperator, Test>> = {
  exists: (_actual, _wanted, exists) => exists,
  notExists: (_actual, _wanted, exists) => !exists,
  equals: (actual, wanted) => actual !== undefined && compareTexts(actual, wanted) === 0,
  notEquals: (actual, wanted) => actual === undefined || compareTexts(actual, wanted) !== 0,
  less: (actual, wanted) => actual !== undefined && compareTexts(actual, wanted) < 0,
  lessEqual: (actual, wanted) => actual !== undefined && compareTexts(actual, wanted) <= 0,
  greater: (actual, wanted) => actual !== undefined && compareTexts(actual, wanted) > 0,
  greaterEqual: (actual, wanted) => actual !== undefined && compareTexts(actual, wanted) >= 0,
  like: (actual, wanted) => actual !== undefined && wildcardPattern(wanted).test(actual),
  notLike: (actual, wanted) => actual === undefined || !wildcardPattern(wanted).test(actual),
};

/** @param actual the variable as it is; a secret that is not fetched exists without a value */
export function variableConditionHolds(
  operator: VariableOperator,
  actual: { readonly value: string | undefined; readonly exists: boolean },
  wanted: string,
): boolean {
  return tests[operator](actual.value, wanted, actual.exists);
}
