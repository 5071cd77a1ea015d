/**
 * So many requests of a key in a time, then a wait: of what costs somebody else something. They are counted beside the tries that have failed, so
 * that the servers of a site count together and a restart forgives nothing.
 */
import { OstlerError } from '@ostler/contract';
import { sql as raw, type SqlBool } from 'kysely';
import type { Queries } from '../devices/store.ts';

export interface RequestLimitOptions {
  readonly sql: Queries;
  /** What is requested: keys of one limit are none of another. */
  readonly what: string;
  readonly maxRequests: number;
  readonly windowMs: number;
  readonly now: () => number;
}

/**
 * @returns what counts a request before it is made; it throws OstlerError TOO_MANY_ATTEMPTS, and a request that is refused counts for nothing.
 * Servers that count at the very same moment may each let one more in.
 */
export function createRequestLimit({ sql, what, maxRequests, windowMs, now }: RequestLimitOptions): (name: string) => Promise<void> {
  return async (name) => {
    const key = `${what} ${name}`;
    const nowMs = now();
    // Those that are forgotten by now go on the way.
    await sql.deleteFrom('failed_attempts').where('expires_at', '<=', nowMs).execute();
    const row = [raw<string>`cast(${key} as text)`.as('key'), raw<number>`cast(${nowMs + windowMs} as bigint)`.as('expires_at')] as const;
    const roomLeft = raw<SqlBool>`(select count(*) from failed_attempts where key = ${key}) < ${maxRequests}`;
    const counted = await sql
      .insertInto('failed_attempts')
      .columns(['key', 'expires_at'])
      .expression(sql.selectNoFrom(row).where(roomLeft))
      .returning('key')
      .executeTakeFirst();
    if (counted !== undefined) return;
    const oldest = sql.selectFrom('failed_attempts').select(({ fn }) => fn.min('expires_at').as('expiry'));
    const { expiry } = await oldest.where('key', '=', key).executeTakeFirstOrThrow();
    throw new OstlerError('TOO_MANY_ATTEMPTS', { seconds: Math.max(1, Math.ceil(((expiry ?? nowMs) - nowMs) / 1000)) });
  };
}
