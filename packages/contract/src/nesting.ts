/** Limits for hostile input: what a document may be before it is read by anything that calls itself, or kept. */

/** Groups take two levels each, so that a task sequence nests 250 groups: far above any real one, far below what a stack holds. */
export const nestingLimit = 512;

/** Whether a JSON value nests deeper than the limit. Does not call itself. */
export function isNestedTooDeeply(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > nestingLimit) return true;
    level = level.flatMap((part) => partsOf(part));
  }
  return false;
}

/** Whether a NUL character is somewhere in a JSON value: PostgreSQL keeps none, and no program takes one. Does not call itself. */
export function holdsNul(value: unknown): boolean {
  const waiting = [value];
  while (waiting.length > 0) {
    const part = waiting.pop();
    if (typeof part === 'string' && part.includes('\u0000')) return true;
    if (typeof part !== 'object' || part === null) continue;
    if (Object.keys(part).some((key) => key.includes('\u0000'))) return true;
    for (const each of partsOf(part)) waiting.push(each);
  }
  return false;
}

function partsOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values<unknown>({ ...value }) : [];
}
