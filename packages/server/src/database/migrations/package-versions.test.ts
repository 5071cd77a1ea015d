import { createPostgresDatabase, temporaryDirectory } from '@ostler/testkit';
import { Kysely, sql as raw, type Dialect } from 'kysely';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../test/databases.ts';
import { createPackageStore } from '../../packages/package-store.ts';
import { migrate } from '../connect.ts';
import type { Database } from '../database.ts';
import { postgresDialect } from '../dialects/postgres.ts';
import { sqliteDialect } from '../dialects/sqlite.ts';
import type { Tables } from '../tables.ts';
import { migrations } from './index.ts';

const places: readonly { readonly dialect: Database['dialect']; readonly open: (stack: AsyncDisposableStack) => Promise<Dialect> }[] = [
  { dialect: 'sqlite', open: async (stack) => sqliteDialect(`${stack.use(await temporaryDirectory()).path}/test.sqlite`) },
  { dialect: 'postgres', open: async (stack) => postgresDialect(stack.use(await createPostgresDatabase()).url, silentLog) },
];

describe.each(places)('a site from before packages had versions, on $dialect', ({ dialect, open }) => {
  it('has each package as its version 1, with its content', async () => {
    await using stack = new AsyncDisposableStack();
    const sql = new Kysely<Tables>({ dialect: await open(stack) });
    stack.defer(() => sql.destroy());
    const database: Database = { sql, dialect, close: () => sql.destroy() };
    await migrate(database, Object.fromEntries(Object.entries(migrations).filter(([name]) => name < '0045')), silentLog);
    await raw`insert into content (sha256, size_bytes, stored_at, unreferenced_at) values ('abc', 10, 1, null)`.execute(sql);
    await raw`insert into packages (id, name, kind, file_name, sha256, size_bytes, drivers, programs, created_at)
      values ('package-1', 'Setup', 'script', 'setup.sh', 'abc', 10, null, '[]', 1000)`.execute(sql);
    await raw`insert into content_references (owner_kind, owner_id, sha256) values ('package', 'package-1', 'abc')`.execute(sql);

    await migrate(database, migrations, silentLog);

    const nothing = { refer: () => Promise.resolve(), release: () => Promise.resolve() };
    const packages = createPackageStore(database, nothing, () => 2000);
    const [version, ...others] = await packages.versions('package-1');
    expect(version).toMatchObject({ version: 1, fileName: 'setup.sh', content: { sha256: 'abc', sizeBytes: 10 }, savedBy: '' });
    expect(others).toEqual([]);
    expect(await packages.get('package-1', 0)).toMatchObject({ name: 'Setup', version: 1 });
    const [owner] = await sql.selectFrom('content_references').selectAll().execute();
    expect(await packages.nameOfVersion(owner?.owner_id ?? '')).toBe('package Setup version 1');
  });
});
