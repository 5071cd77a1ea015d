import { AuditQuery } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases, silentLog } from '../../test/databases.ts';
import { connectDatabase } from '../database/connect.ts';
import { AuditLog, type AuditRecord } from './audit-log.ts';

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
