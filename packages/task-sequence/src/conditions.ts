/** Conditions (feature map §2.3). Pure: whether a condition holds for the variables as they are now. */
import type { Condition, VariableCondition, VariableOperator } from '@ostler/contract';
import type { Variables } from './variables.ts';

type Values = Pick<Variables, 'get' | 'has'>;
type Comparison = (actual: string | undefined, wanted: string, exists: boolean) => boolean;

/** Without a value nothing compares: only notExists, notEquals and notLike hold then. */
const comparisons: Readonly<Record<VariableOperator, Comparison>> = {
  exists: (_actual, _wanted, exists) => exists,
  notExists: (_actual, _wanted, exists) => !exists,
  equals: (actual, wanted) => actual !== undefined && compare(actual, wanted) === 0,
  notEquals: (actual, wanted) => actual === undefined || compare(actual, wanted) !== 0,
  less: (actual, wanted) => actual !== undefined && compare(actual, wanted) < 0,
  lessEqual: (actual, wanted) => actual !== undefined && compare(actual, wanted) <= 0,
  greater: (actual, wanted) => actual !== undefined && compare(actual, wanted) > 0,
  greaterEqual: (actual, wanted) => actual !== undefined && compare(actual, wanted) >= 0,
  like: (actual, wanted) => actual !== undefined && likePattern(wanted).test(actual),
  notLike: (actual, wanted) => actual === undefined || !likePattern(wanted).test(actual),
};

/** Whether the condition holds; a missing condition does. */
export function conditionHolds(condition: Condition | undefined, values: Values): boolean {
  if (condition === undefined) return true;
  if ('all' in condition) return condition.all.every((part) => conditionHolds(part, values));
  if ('any' in condition) return condition.any.some((part) => conditionHolds(part, values));
  if ('none' in condition) return !condition.none.some((part) => conditionHolds(part, values));
  return variableConditionHolds(condition, values);
}

/** The condition in words, for a skipped step's reason: `_SMSTSBootUEFI equals "true"`. */
export function describeCondition(condition: Condition): string {
  if ('all' in condition) return `all of (${condition.all.map(describeCondition).join('; ')})`;
  if ('any' in condition) return `any of (${condition.any.map(describeCondition).join('; ')})`;
  if ('none' in condition) return `none of (${condition.none.map(describeCondition).join('; ')})`;
  const { variable, operator, value } = condition;
  return value === undefined ? `${variable} ${operator}` : `${variable} ${operator} "${value}"`;
}

function variableConditionHolds({ variable, operator, value }: VariableCondition, values: Values): boolean {
  return comparisons[operator](values.get(variable), value ?? '', values.has(variable));
}

/** Numbers as numbers, everything else as text without regard to case. */
function compare(a: string, b: string): number {
  const numeric = /^-?\d+(\.\d+)?$/;
  if (numeric.test(a) && numeric.test(b)) return Number(a) - Number(b);
  const left = a.toLowerCase();
  const right = b.toLowerCase();
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** `*` is any text, `?` any one character. */
function likePattern(pattern: string): RegExp {
  const wildcards: Readonly<Record<string, string>> = { '*': '.*', '?': '.' };
  const source = pattern.replaceAll(/[*?]|[^*?]+/g, (part) => wildcards[part] ?? RegExp.escape(part));
  return new RegExp(`^${source}$`, 'isu');
}
