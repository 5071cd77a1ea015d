import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@ostler/testkit';
import { sql, type Kysely } from 'kysely';
import { describe, expect, it } from 'vitest';
import { databases, silentLog } from '../../test/databases.ts';
import { connectDatabase, describeLocation, migrate } from './connect.ts';
import { migrations } from './migrations/index.ts';

describe.each(databases)('a database on $dialect', ({ open }) => {
  it('opens again with everything that was in it', async () => {
    await using test = await open();
    await test.database.sql.insertInto('site_settings').values({ id: 'site', settings: '{}', target_password_hash: null }).execute();

    const second = await connectDatabase(test.location, silentLog);
    const rows = await second.sql.selectFrom('site_settings').selectAll().execute();
    await second.close();

    expect(rows).toEqual([{ id: 'site', settings: '{}', target_password_hash: null }]);
  });

  it('answers times and sizes as numbers', async () => {
    await using test = await open();
    const created_at = 1_795_363_228_883;
    await test.database.sql
      .insertInto('accounts')
      .values({ id: 'a', name: 'a', password_hash: '', must_change_password: 0, disabled: 0, created_at })
      .execute();

    const row = await test.database.sql.selectFrom('accounts').select('created_at').executeTakeFirstOrThrow();

    expect(row.created_at).toBe(created_at);
  });

  it('refuses one that a newer version wrote', async () => {
    await using test = await open();
    const newer = { ...migrations, '9999-later': { up: () => Promise.resolve() } };
    await migrate(test.database, newer, silentLog);

    await expect(connectDatabase(test.location, silentLog)).rejects.toThrow('written by a newer version of Ostler: it has 9999-later');
  });

  it('names the migration that failed, and leaves nothing of it behind', async () => {
    await using test = await open();
    const up = async (db: Kysely<unknown>) => {
      await sql`create table half (id integer)`.execute(db);
      throw new Error('no space left');
    };
    const failing = { ...migrations, '9999-bad': { up } };

    await expect(migrate(test.database, failing, silentLog)).rejects.toThrow('at 9999-bad: no space left');
    const tables = await test.database.sql.introspection.getTables();
    expect(tables.map(({ name }) => name)).not.toContain('half');
  });
});

describe('opening a database', () => {
  it('says which file is not a database', async () => {
    await using folder = await temporaryDirectory();
    const path = join(folder.path, 'x.sqlite');
    await writeFile(path, 'this is not a database, but it is long enough to look at'.repeat(100));

    await expect(connectDatabase({ dialect: 'sqlite', path }, silentLog)).rejects.toThrow(
      `${path} cannot be opened: file is not a database`,
    );
  });

  it('says which server does not answer, without its password', async () => {
    const location = { dialect: 'postgres', url: 'postgres://ostler:secret@127.0.0.1:1/ostler' } as const;

    await expect(connectDatabase(location, silentLog)).rejects.toThrow('postgres://ostler@127.0.0.1:1/ostler cannot be opened');
    expect(describeLocation(location)).not.toContain('secret');
  });

  // That each commit is on the disk before it is acknowledged is the driver's: dialects/sqlite.test.ts.
  it('keeps a file that a power cut cannot damage: a log, synced before it is copied', async () => {
    await using test = await databases[0]!.open();
    const { sql: kysely } = test.database;

    const { rows: logs } = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(kysely);
    const { rows: syncs } = await sql<{ synchronous: number }>`pragma synchronous`.execute(kysely);

    expect([...logs, ...syncs]).toEqual([{ journal_mode: 'wal' }, { synchronous: 1 }]);
  });
});

it('migrations are numbered in the order that they run in, without a gap', () => {
  const numbers = Object.keys(migrations).map((name) => Number(name.slice(0, 4)));

  expect(numbers).toEqual(numbers.map((_number, index) => index + 1));
});
