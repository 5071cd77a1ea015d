/** Packages have versions, and a run those that were the newest when it began. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql as raw, type Kysely } from 'kysely';

export async function up(sql: Kysely<unknown>): Promise<void> {
  await createVersions(sql);
  await raw`insert into package_versions (id, package_id, version, revision, file_name, sha256, size_bytes, drivers, programs, comment, saved_by, saved_at)
    select id || '-1', id, 1, 0, file_name, sha256, size_bytes, drivers, programs, '', '', created_at from packages`.execute(sql);
  await raw`update content_references set owner_kind = 'package-version', owner_id = owner_id || '-1' where owner_kind = 'package'`.execute(
    sql,
  );
  for (const column of ['file_name', 'sha256', 'size_bytes', 'drivers', 'programs']) {
    await sql.schema.alterTable('packages').dropColumn(column).execute();
  }
  await addNumber(sql, 'packages', 'version', 1);
  await sql.schema
    .createTable('content_revisions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('number', 'integer', (column) => column.notNull())
    .execute();
  await raw`insert into content_revisions (id, number) values ('last', 0)`.execute(sql);
  await addNumber(sql, 'runs', 'content_revision', 0);
}

async function createVersions({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('package_versions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('package_id', 'text', (column) => column.notNull().references('packages.id').onDelete('cascade'))
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('file_name', 'text', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('size_bytes', 'bigint', (column) => column.notNull())
    .addColumn('drivers', 'text')
    .addColumn('programs', 'text', (column) => column.notNull())
    .addColumn('comment', 'text', (column) => column.notNull())
    .addColumn('saved_by', 'text', (column) => column.notNull())
    .addColumn('saved_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('package_versions_version', ['package_id', 'version'])
    .execute();
}

async function addNumber({ schema }: Kysely<unknown>, table: string, name: string, initial: number): Promise<void> {
  await schema
    .alterTable(table)
    .addColumn(name, 'integer', (column) => column.notNull().defaultTo(initial))
    .execute();
}
