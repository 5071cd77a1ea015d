/** Words on the command line that several measurements take. */

export const siteDatabases = { sqlite: 'SQLite', postgresql: 'PostgreSQL' } as const;
export type SiteDatabase = keyof typeof siteDatabases;

/** @param name undefined: both, one after the other. @throws Error where there is no such database */
export function databasesOf(name: string | undefined): SiteDatabase[] {
  const known: readonly SiteDatabase[] = ['sqlite', 'postgresql'];
  if (name === undefined) return [...known];
  const found = known.find((each) => each === name);
  if (found === undefined) throw new Error(`--database ${name}: it is one of ${known.join(', ')}.`);
  return [found];
}

/** @throws Error where the text is not a whole number above 0 */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${text} is not a whole number above 0.`);
  return number;
}
