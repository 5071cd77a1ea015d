/**
 * Whether an instance is what a WHERE clause wants. Texts compare without regard to case, a number with a text of digits as
 * numbers, and of a list any element. A property that is NULL is equal to nothing, so that `<>` and NOT hold for it.
 */
import type { WmiValue } from '../facts.ts';
import { matchesPattern, wqlPattern } from '../pattern.ts';
import type { WqlExpression, WqlLiteral, WqlOperator } from './query.ts';

/** The value of a property; undefined: it is not known. */
export type ValueOf = (property: string) => WmiValue | undefined;
/** undefined: what is known does not decide it. */
type Verdict = boolean | undefined;

const verdicts: Readonly<Record<WqlOperator, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '>': (order) => order > 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
};

export function whereHolds(where: WqlExpression | null, valueOf: ValueOf): Verdict {
  if (where === null) return true;
  switch (where.kind) {
    case 'and': {
      return allOf(where.parts.map((part) => whereHolds(part, valueOf)));
    }
    case 'or': {
      return anyOf(where.parts.map((part) => whereHolds(part, valueOf)));
    }
    case 'not': {
      return negated(whereHolds(where.part, valueOf));
    }
    default: {
      const value = valueOf(where.property.name);
      return value === undefined ? undefined : comparisonHolds(where, value);
    }
  }
}

/** All of the verdicts, where one that is not known decides nothing that another has not. */
export function allOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(false)) return false;
  return verdicts.includes(undefined) ? undefined : true;
}

export function anyOf(verdicts: readonly Verdict[]): Verdict {
  return negated(allOf(verdicts.map(negated)));
}

export function negated(verdict: Verdict): Verdict {
  return verdict === undefined ? undefined : !verdict;
}

function comparisonHolds(test: Extract<WqlExpression, { property: unknown }>, value: WmiValue): boolean {
  if (test.kind === 'is-null') return value === null;
  const elements = typeof value === 'object' && value !== null ? value : [value];
  if (test.kind === 'compare' && test.operator === '<>') return !elements.some((each) => isAsWanted(each, '=', test.value));
  if (test.kind === 'compare') return elements.some((each) => isAsWanted(each, test.operator, test.value));
  const pattern = wqlPattern(test.pattern);
  return elements.some((each) => each !== null && matchesPattern(String(each), pattern));
}

function isAsWanted(value: string | number | boolean | null, operator: WqlOperator, wanted: WqlLiteral): boolean {
  if (value === null || wanted === null) return false;
  const order = orderOf(value, wanted);
  return !Number.isNaN(order) && verdicts[operator](order);
}

/** NaN: the two cannot be compared. */
function orderOf(value: string | number | boolean, wanted: string | number | boolean): number {
  if (typeof value === 'string' && typeof wanted === 'string') {
    const [left, right] = [value.toLowerCase(), wanted.toLowerCase()];
    if (left === right) return 0;
    return left < right ? -1 : 1;
  }
  return numberOf(value) - numberOf(wanted);
}

function numberOf(value: string | number | boolean): number {
  if (typeof value !== 'string') return Number(value);
  const words: Readonly<Record<string, number>> = { true: 1, false: 0 };
  return words[value.toLowerCase()] ?? (value.trim() === '' ? Number.NaN : Number(value));
}
