/** A limit for hostile input: how deep a document may nest before it is read by anything that calls itself. */

/** Groups take two levels each, so that a task sequence nests 250 groups: far above any real one, far below what a stack holds. */
export const nestingLimit = 512;

/** Whether a JSON value nests deeper than the limit. Does not call itself. */
export function isNestedTooDeeply(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > nestingLimit) return true;
    level = level.flatMap((part) => (typeof part === 'object' && part !== null ? Object.values<unknown>({ ...part }) : []));
  }
  return false;
}
