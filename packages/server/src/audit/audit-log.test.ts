import { AuditQuery } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases, silentLog } from '../../test/databases.ts';
import { connectDatabase } from '../database/connect.ts';
import type { Database } from '../database/database.ts';
import type { AuditRecord } from './audit-chain.ts';
import { AuditLog } from './audit-log.ts';
import { createAuditTrail, type AuditTrail } from './audit-trail.ts';

const dayMs = 86_400_000;

function aRecord(changes: Partial<AuditRecord> = {}): AuditRecord {
  return {
    actorKind: 'person',
    actorId: 'account-1',
    actorName: 'alice',
    address: '192.0.2.1',
    operation: 'devices.update',
    objectId: 'device-1',
    result: 'done',
    errorCode: null,
    request: { name: 'pc-2' },
    changes: { name: { before: 'pc-1', after: 'pc-2' } },
    ...changes,
  };
}

describe.each(databases)('the audit log on $dialect', ({ dialect, open }) => {
  it('is one chain, also where two servers add at the same moment', async () => {
    await using test = await open();
    // SQLite has one server.
    const second = dialect === 'sqlite' ? test.database : await connectDatabase(test.location, silentLog);
    const [here, there] = [new AuditLog(test.database, Date.now), new AuditLog(second, Date.now)];

    await Promise.all(
      Array.from({ length: 40 }, (_none, index) => (index % 2 === 0 ? here : there).add(aRecord({ objectId: `device-${index}` }))),
    );
    const verified = await here.verify();
    const page = await there.page(AuditQuery.parse({ limit: 40 }));
    if (dialect === 'postgres') await second.close();

    expect(verified).toMatchObject({ intact: true, entries: 40, problem: null });
    expect(verified.headHash).toBe(page.items[0]?.hash);
    expect(new Set(page.items.map(({ objectId }) => objectId))).toHaveLength(40);
  });

  it.each([
    ['changed', 3, (sql: Sql) => sql.updateTable('audit_entries').set({ actor_name: 'bob' }).where('number', '=', 3).execute()],
    ['removed', 3, (sql: Sql) => sql.deleteFrom('audit_entries').where('number', '=', 3).execute()],
    ['removed', 5, (sql: Sql) => sql.deleteFrom('audit_entries').where('number', '=', 5).execute()],
    ['inserted', 4, replaceThird],
  ])('shows an entry that was %s (%i)', async (kind, number, tamper) => {
    await using test = await open();
    const log = new AuditLog(test.database, () => 1000);
    for (let index = 0; index < 5; index += 1) await log.add(aRecord());
    expect((await log.verify()).intact).toBe(true);

    await tamper(test.database.sql);

    expect(await log.verify()).toMatchObject({ intact: false, problem: { number, kind } });
  });

  it('is filtered by who, what, object, result and time, page by page', async () => {
    await using test = await open();
    let nowMs = Date.parse('2026-11-27T10:00:00Z');
    const log = new AuditLog(test.database, () => nowMs);
    for (const actorName of ['alice', 'bob', 'alice', 'alice']) {
      await log.add(aRecord({ actorName, objectId: `device-${actorName}` }));
      nowMs += 60_000;
    }
    await log.add(aRecord({ result: 'refused', errorCode: 'PERMISSION_MISSING', operation: 'devices.delete' }));
    const numbers = async (query: object) => (await log.page(AuditQuery.parse(query))).items.map(({ number }) => number);

    const first = await log.page(AuditQuery.parse({ actor: 'alice', limit: 2 }));
    expect(first.items.map(({ number }) => number)).toEqual([5, 4]);
    expect(first.next).toBe(4);
    expect(await numbers({ actor: 'alice', before: 4 })).toEqual([3, 1]);
    expect(await numbers({ objectId: 'device-bob' })).toEqual([2]);
    expect(await numbers({ result: 'refused' })).toEqual([5]);
    expect(await numbers({ operation: 'devices.delete' })).toEqual([5]);
    expect(await numbers({ since: '2026-11-27T10:01:00Z', until: '2026-11-27T10:02:00Z' })).toEqual([3, 2]);
  });
});

const neverEnds = () => Promise.withResolvers<never>().promise;
const deletion = { name: 'devices.delete', method: 'DELETE', access: { permission: 'devices.delete' } } as const;
const byAlice: Parameters<AuditTrail['note']>[1] = {
  caller: {
    kind: 'person',
    accountId: 'account-1',
    name: 'alice',
    credential: { kind: 'session', id: 'session-1' },
    mustChangePassword: false,
    mustSetSecondFactor: false,
    rights: [],
  },
  address: '192.0.2.1',
  parts: { params: { id: 'device-1' } },
};

describe.each(databases)('a server that dies in the middle of a change, on $dialect', ({ open }) => {
  it('has noted the change before it was made: it is in the log when the server starts again', async () => {
    await using test = await open();
    let nowMs = 1000;
    const died = new AuditLog(test.database, () => nowMs, 'server-1');
    const begun = Promise.withResolvers<void>();
    const work = () => {
      begun.resolve();
      return neverEnds();
    };
    void createAuditTrail(died).around(deletion, byAlice, null, work);
    await begun.promise;
    nowMs = 60_000;
    const started = new AuditLog(test.database, () => nowMs, 'server-1');

    expect(await started.settleOwn()).toBe(1);

    const { items } = await started.page(AuditQuery.parse({}));
    expect(items).toMatchObject([
      { operation: 'devices.delete', actorName: 'alice', objectId: 'device-1', result: 'interrupted', at: '1970-01-01T00:00:01.000Z' },
    ]);
    expect(await started.verify()).toMatchObject({ intact: true, entries: 1 });
    expect(await started.settleOwn()).toBe(0);
  });

  it('and does not come back has it noted by another server; what that one does itself goes on', async () => {
    await using test = await open();
    const { sql } = test.database;
    await sql.insertInto('servers').values({ id: 'server-2', name: 'b', beats: 0, started_at: 0 }).execute();
    const [gone, alive] = ['server-1', 'server-2'].map((id) => new AuditLog(test.database, Date.now, id)) as [AuditLog, AuditLog];
    const { actorKind, actorId, actorName, address, operation, objectId, request } = aRecord();
    const change = { actorKind, actorId, actorName, address, operation, objectId, request };
    await gone.begin(change);
    const own = await alive.begin({ ...change, objectId: 'device-2' });

    expect(await alive.settleOfGone()).toBe(1);
    await alive.end(own, aRecord({ objectId: 'device-2' }));

    const { items } = await alive.page(AuditQuery.parse({}));
    expect(items.map(({ objectId: id, result }) => [id, result])).toEqual([
      ['device-2', 'done'],
      ['device-1', 'interrupted'],
    ]);
    expect([await alive.settleOfGone(), await alive.settleOwn()]).toEqual([0, 0]);
  });

  it('a change that cannot be noted is not made', async () => {
    await using test = await open();
    const log = new AuditLog(test.database, Date.now);
    await test.database.sql.schema.dropTable('audit_begun').execute();
    let made = false;

    const change = createAuditTrail(log).around(deletion, byAlice, null, () => Promise.resolve((made = true)));

    await expect(change).rejects.toThrow('audit_begun');
    expect(made).toBe(false);
  });
});

describe.each(databases)('entries that are too old, on $dialect', ({ open }) => {
  async function aLog(database: Database) {
    const clock = { nowMs: 0 };
    const log = new AuditLog(database, () => clock.nowMs);
    for (let day = 0; day < 6; day += 1) {
      clock.nowMs = day * dayMs;
      await log.add(aRecord({ objectId: `device-${day}` }));
    }
    const numbers = async () => (await log.page(AuditQuery.parse({}))).items.map(({ number }) => number);
    return { log, numbers };
  }

  it('are removed, an entry says so, and the chain can still be followed, again and again', async () => {
    await using test = await open();
    const { log, numbers } = await aLog(test.database);
    const { items } = await log.page(AuditQuery.parse({}));

    expect(await log.removeBefore(2 * dayMs)).toBe(2);
    expect(await log.removeBefore(2 * dayMs)).toBe(0);

    expect(await numbers()).toEqual([7, 6, 5, 4, 3]);
    const [removal] = (await log.page(AuditQuery.parse({ operation: 'audit.remove' }))).items;
    expect(removal).toMatchObject({ actorName: 'retention', request: { through: 2, entries: 2, hash: items[4]?.hash } });
    expect(await log.verify()).toMatchObject({ intact: true, entries: 5, removedThrough: 2 });
    expect(await log.removeBefore(100 * dayMs)).toBe(5);
    expect(await numbers()).toEqual([8]);
    expect(await log.verify()).toMatchObject({ intact: true, entries: 1, removedThrough: 7 });
  });

  it.each([
    ['removed', 3, (sql: Sql) => sql.deleteFrom('audit_entries').where('number', '=', 3).execute()],
    ['changed', 7, (sql: Sql) => sql.updateTable('audit_entries').set({ actor_name: 'bob' }).where('number', '=', 7).execute()],
    [
      'inserted',
      1,
      async (sql: Sql) => {
        const { hash, ...row } = await sql.selectFrom('audit_entries').selectAll().where('number', '=', 3).executeTakeFirstOrThrow();
        await sql
          .insertInto('audit_entries')
          .values({ ...row, number: 1, hash })
          .execute();
      },
    ],
  ])('leave a log that shows an entry that was %s (%i) afterwards', async (kind, number, tamper) => {
    await using test = await open();
    const { log } = await aLog(test.database);
    await log.removeBefore(2 * dayMs);

    await tamper(test.database.sql);

    expect(await log.verify()).toMatchObject({ intact: false, problem: { number, kind } });
  });

  it('are kept where somebody has tampered with them', async () => {
    await using test = await open();
    const { log, numbers } = await aLog(test.database);
    await test.database.sql.updateTable('audit_entries').set({ actor_name: 'bob' }).where('number', '=', 2).execute();

    await expect(log.removeBefore(3 * dayMs)).rejects.toThrow('entry 2 was changed');
    expect(await numbers()).toHaveLength(6);
  });
});

type Sql = Awaited<ReturnType<typeof connectDatabase>>['sql'];

/** Puts another entry in the place of the third, with a hash of its own that fits. */
async function replaceThird(sql: Sql): Promise<void> {
  const rows = await sql.selectFrom('audit_entries').selectAll().orderBy('number').execute();
  const [, second, third] = rows;
  await sql.deleteFrom('audit_entries').where('number', '>=', 3).execute();
  await sql
    .updateTable('audit_head')
    .set({ number: 2, hash: second?.hash ?? '' })
    .execute();
  // Safe: only what the test reads is called on the database.
  await new AuditLog({ sql } as never, () => 1000).add(aRecord({ actorName: 'mallory' }));
  await sql
    .insertInto('audit_entries')
    .values(rows.filter(({ number }) => number > 3))
    .execute();
  await sql
    .updateTable('audit_head')
    .set({ number: 5, hash: rows.at(-1)?.hash ?? '' })
    .execute();
  if (third === undefined) throw new Error('There is no third entry.');
}
