/** Content that clients fetch before their runs, and how far each of them is. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .alterTable('deployments')
    .addColumn('pre_download', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .createTable('pre_downloads')
    .addColumn('deployment_id', 'text', (column) => column.notNull().references('deployments.id').onDelete('cascade'))
    .addColumn('device_id', 'text', (column) => column.notNull().references('devices.id').onDelete('cascade'))
    .addColumn('content_hash', 'text', (column) => column.notNull())
    .addColumn('received_bytes', 'bigint', (column) => column.notNull())
    .addColumn('problem', 'text')
    .addColumn('reported_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('pre_downloads_key', ['deployment_id', 'device_id'])
    .execute();
  await schema.createIndex('pre_downloads_device').on('pre_downloads').column('device_id').execute();
}
