/** Ids of rows: a word that says what it is, and randomness. */
import { randomBytes } from 'node:crypto';

/** For example `job-3f9c…`: matches the contract's `Id`. 80 random bits. */
export function newId(kind: string): string {
  return `${kind}-${randomBytes(10).toString('hex')}`;
}
