/** How conditions compare: numbers, texts, versions and patterns. Pure. */
import type { Comparison } from '@ostler/contract';

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

/** Numbers as numbers, everything else as text without regard to case. */
export function compareTexts(a: string, b: string): number {
  const numeric = /^-?\d+(\.\d+)?$/;
  if (numeric.test(a) && numeric.test(b)) return Number(a) - Number(b);
  const left = a.toLowerCase();
  const right = b.toLowerCase();
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Versions by their numbers and words, part by part: 1.10 is after 1.9, and 1.2 is before 1.2.0. */
export function compareVersions(a: string, b: string): number {
  const left = a.match(/\d+|[a-z~]+/gi) ?? [];
  const right = b.match(/\d+|[a-z~]+/gi) ?? [];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const order = compareTexts(left[index] ?? '', right[index] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** `*` is any text, `?` any one character. */
export function wildcardPattern(pattern: string): RegExp {
  const wildcards: Readonly<Record<string, string>> = { '*': '.*', '?': '.' };
  const source = pattern.replaceAll(/[*?]|[^*?]+/g, (part) => wildcards[part] ?? RegExp.escape(part));
  return new RegExp(`^${source}$`, 'isu');
}
