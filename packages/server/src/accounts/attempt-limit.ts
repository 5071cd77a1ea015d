/**
 * Slows guessing: so many tries that fail, of a key (a name, an address) in a time, then a wait. They are kept in the database, so that the
 * servers of a site count together and a restart forgives nothing. A try that succeeds writes nothing.
 */
import { OstlerError } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';

export interface AttemptLimitOptions {
  readonly sql: Queries;
  /** What is tried: keys of one limit are none of another. */
  readonly what: string;
  readonly maxAttempts: number;
  readonly windowMs: number;
  readonly now: () => number;
}

export interface AttemptLimit {
  /**
   * Makes a try, which has failed if it throws; one that succeeds takes back all that have failed. Each that goes on here at the same moment
   * counts as if it failed.
   * @throws OstlerError TOO_MANY_ATTEMPTS, without making it; what the try throws
   */
  make<T>(names: readonly string[], attempt: () => Promise<T>): Promise<T>;
}

interface Failed {
  readonly key: string;
  readonly count: number;
  /** When the oldest of them is forgotten. */
  readonly first_expiry: number;
}

export function createAttemptLimit({ sql, what, maxAttempts, windowMs, now }: AttemptLimitOptions): AttemptLimit {
  const going = new Map<string, number>();
  const change = (keys: readonly string[], by: 1 | -1): void => {
    for (const key of keys) {
      const count = (going.get(key) ?? 0) + by;
      if (count === 0) going.delete(key);
      else going.set(key, count);
    }
  };
  return {
    make: async (names, attempt) => {
      const keys = names.map((name) => `${what} ${name}`);
      const others = new Map(keys.map((key) => [key, going.get(key) ?? 0]));
      change(keys, 1);
      try {
        const failed = await readFailed(sql, keys, now());
        for (const [key, otherCount] of others) {
          const own = failed.find((each) => each.key === key);
          const waitMs = own === undefined ? windowMs : own.first_expiry - now();
          if ((own?.count ?? 0) + otherCount >= maxAttempts)
            throw new OstlerError('TOO_MANY_ATTEMPTS', { seconds: Math.max(1, Math.ceil(waitMs / 1000)) });
        }
        const answer = await attempt().catch(async (error: unknown) => {
          await noteFailed(sql, keys, now(), windowMs);
          throw error;
        });
        if (failed.length > 0) await sql.deleteFrom('failed_attempts').where('key', 'in', keys).execute();
        return answer;
      } finally {
        change(keys, -1);
      }
    },
  };
}

async function readFailed(sql: Queries, keys: readonly string[], nowMs: number): Promise<readonly Failed[]> {
  return sql
    .selectFrom('failed_attempts')
    .select(({ fn }) => ['key', fn.countAll<number>().as('count'), fn.min('expires_at').as('first_expiry')])
    .where('key', 'in', keys)
    .where('expires_at', '>', nowMs)
    .groupBy('key')
    .execute();
}

/** Those that are forgotten by now go on the way. */
async function noteFailed(sql: Queries, keys: readonly string[], nowMs: number, windowMs: number): Promise<void> {
  const rows = keys.map((key) => ({ key, expires_at: nowMs + windowMs }));
  await sql.insertInto('failed_attempts').values(rows).execute();
  await sql.deleteFrom('failed_attempts').where('expires_at', '<=', nowMs).execute();
}
