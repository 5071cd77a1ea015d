/** Content and what is made of it: uploads, images, packages, boot images. */
import type { Kysely } from 'kysely';

/** Forward only. Uses the common subset of SQLite and PostgreSQL. */
export async function up(sql: Kysely<unknown>): Promise<void> {
  await sql.schema
    .createTable('content')
    .addColumn('sha256', 'text', (column) => column.primaryKey())
    .addColumn('size_bytes', 'bigint', (column) => column.notNull())
    .addColumn('stored_at', 'bigint', (column) => column.notNull())
    .addColumn('unreferenced_at', 'bigint')
    .execute();
  await sql.schema
    .createTable('content_references')
    .addColumn('owner_kind', 'text', (column) => column.notNull())
    .addColumn('owner_id', 'text', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull().references('content.sha256'))
    .addPrimaryKeyConstraint('content_references_key', ['owner_kind', 'owner_id', 'sha256'])
    .execute();
  await sql.schema.createIndex('content_references_sha256').on('content_references').column('sha256').execute();
  await sql.schema
    .createTable('uploads')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('file_name', 'text', (column) => column.notNull())
    .addColumn('size_bytes', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('active_at', 'bigint', (column) => column.notNull())
    .execute();
  await createMadeOfContent(sql);
}

async function createMadeOfContent(sql: Kysely<unknown>): Promise<void> {
  await sql.schema
    .createTable('images')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('size_bytes', 'bigint', (column) => column.notNull())
    .addColumn('compression', 'text', (column) => column.notNull())
    .addColumn('indexes', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('made_by', 'text', (column) => column.unique())
    .execute();
  await sql.schema
    .createTable('packages')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('file_name', 'text', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('size_bytes', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await sql.schema
    .createTable('boot_images')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('version', 'integer', (column) => column.notNull().unique())
    .addColumn('inputs_hash', 'text', (column) => column.notNull())
    .addColumn('options', 'text', (column) => column.notNull())
    .addColumn('kernel_version', 'text', (column) => column.notNull())
    .addColumn('files', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
}
