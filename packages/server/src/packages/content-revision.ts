/**
 * What a run has of packages: revisions number the new versions of all of them, and a run keeps the revision at which it began. Both are
 * taken while holding one row, so that no version can come in below a run that has begun.
 */
import type { Queries } from '../devices/store.ts';

/** The revision now; none follows it before the transaction has ended. Call it late inside of one. */
export function holdRevision(sql: Queries): Promise<number> {
  return moveRevision(sql, 0);
}

/** The next revision, for a new version. Call it late inside the transaction that makes the version. */
export function takeRevision(sql: Queries): Promise<number> {
  return moveRevision(sql, 1);
}

async function moveRevision(sql: Queries, by: 0 | 1): Promise<number> {
  const { number } = await sql
    .updateTable('content_revisions')
    .set((row) => ({ number: row('number', '+', by) }))
    .where('id', '=', 'last')
    .returning('number')
    .executeTakeFirstOrThrow();
  return number;
}

interface Revised {
  readonly revision: number;
}

/**
 * Which of a package's versions, in rising order, is the one at a revision; of a package that is younger than that, the first: so that a
 * run gets the same one every time.
 */
export function versionAt<T extends Revised>(versions: readonly T[], revision: number): T | undefined {
  return versions.findLast((version) => version.revision <= revision) ?? versions[0];
}
