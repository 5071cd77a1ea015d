import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { createRequestLimit } from './request-limit.ts';

const limits = { what: 'test', maxRequests: 2, windowMs: 10_000 };

describe.each(databases)('a request limit on $dialect', ({ open }) => {
  it('lets requests in again one by one as the old ones grow old', async () => {
    await using test = await open();
    let nowMs = 0;
    const count = createRequestLimit({ ...limits, sql: test.database.sql, now: () => nowMs });
    await count('a');
    nowMs = 6000;
    await count('a');

    await expect(count('a')).rejects.toThrow('Wait 4 seconds');
    await count('b');
    nowMs = 10_000;
    await count('a');
    await expect(count('a')).rejects.toThrow('Wait 6 seconds');
  });

  it('is one of all servers, and of those that start again; another limit counts for itself', async () => {
    await using test = await open();
    const server = (what = 'test') => createRequestLimit({ ...limits, what, sql: test.database.sql, now: () => 0 });
    await server()('a');
    await server()('a');

    await expect(server()('a')).rejects.toThrow('Wait 10 seconds');
    await server('other')('a');
  });

  it('keeps nothing of what was refused, and nothing once it is forgotten', async () => {
    await using test = await open();
    const { sql } = test.database;
    let nowMs = 0;
    const count = createRequestLimit({ ...limits, sql, now: () => nowMs });
    const kept = async () => (await sql.selectFrom('failed_attempts').selectAll().execute()).length;
    for (let request = 0; request < 5; request += 1) await count('a').catch(() => undefined);
    expect(await kept()).toBe(2);

    nowMs = 10_000;
    await count('b');

    expect(await kept()).toBe(1);
  });
});
