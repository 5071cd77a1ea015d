/** Ids in no order, as the site makes them: rows that belong together lie apart. */

/** Odd: so each number below the size gets another one. */
const factor = 2_654_435_761;
const size = 2 ** 32;
const base = 10_000_000_000;

/** @param number below 2^21 */
export function idOf(number: number): string {
  return String(base + ((number * factor) % size)).slice(1);
}

/** The same of the column `n`, in the words of both databases. */
export const idInSql = `substr(cast(${base} + n * ${factor} % ${size} as text), 2)`;
