import { OstlerError } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { createAttemptLimit, type AttemptLimit } from './attempt-limit.ts';

const right = () => Promise.resolve('in');
const wrong = () => Promise.reject(new OstlerError('LOGIN_FAILED', {}));
const result = (limit: AttemptLimit, name: string, attempt: () => Promise<string>): Promise<string> =>
  limit.make([name], attempt).catch((error: unknown) => String(error));
const refused = expect.stringContaining('Wait');

describe.each(databases)('an attempt limit on $dialect', ({ open }) => {
  it('lets tries in again one by one as the old ones grow old', async () => {
    await using test = await open();
    let nowMs = 0;
    const limit = createAttemptLimit({ sql: test.database.sql, what: 'test', maxAttempts: 2, windowMs: 10_000, now: () => nowMs });
    await result(limit, 'a', wrong);
    nowMs = 6000;
    await result(limit, 'a', wrong);

    expect(await result(limit, 'a', right)).toContain('Wait 4 seconds');
    expect(await result(limit, 'b', right)).toBe('in');
    nowMs = 10_000;
    await result(limit, 'a', wrong);
    expect(await result(limit, 'a', right)).toContain('Wait 6 seconds');
  });

  it('is one of all servers, of those that start again too, and of one kind of tries', async () => {
    await using test = await open();
    const server = (what = 'test') => createAttemptLimit({ sql: test.database.sql, what, maxAttempts: 2, windowMs: 10_000, now: () => 0 });
    await result(server(), 'a', wrong);
    await result(server(), 'a', wrong);

    expect(await result(server(), 'a', right)).toEqual(refused);
    expect(await result(server('other'), 'a', right)).toBe('in');
  });

  it('forgets what failed once a try succeeds, and writes nothing where nothing had failed', async () => {
    await using test = await open();
    const { sql } = test.database;
    const limit = createAttemptLimit({ sql, what: 'test', maxAttempts: 2, windowMs: 10_000, now: () => 0 });
    const kept = async () => (await sql.selectFrom('failed_attempts').selectAll().execute()).length;
    expect(await result(limit, 'a', right)).toBe('in');
    expect(await kept()).toBe(0);

    await result(limit, 'a', wrong);
    expect(await kept()).toBe(1);
    expect(await result(limit, 'a', right)).toBe('in');

    expect(await kept()).toBe(0);
  });

  it('counts tries at the same moment, of which none has failed yet', async () => {
    await using test = await open();
    const limit = createAttemptLimit({ sql: test.database.sql, what: 'test', maxAttempts: 2, windowMs: 10_000, now: () => 0 });

    const results = await Promise.all([1, 2, 3, 4].map(() => result(limit, 'a', right)));

    expect(results).toEqual(['in', 'in', refused, refused]);
    expect(await result(limit, 'a', right)).toBe('in');
  });
});
