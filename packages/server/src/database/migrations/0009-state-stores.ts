/** State stores and computer associations. */
import type { Kysely } from 'kysely';

/** Forward only. Uses the common subset of SQLite and PostgreSQL. */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('state_stores')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('device_name', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('restore_device_id', 'text')
    .addColumn('restore_device_name', 'text')
    .addColumn('restore_run_id', 'text')
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('size_bytes', 'bigint', (column) => column.notNull())
    .addColumn('sha256', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('active_at', 'bigint', (column) => column.notNull())
    .addColumn('completed_at', 'bigint')
    .addColumn('restored_at', 'bigint')
    .addColumn('expires_at', 'bigint')
    .execute();
  await schema.createIndex('state_stores_device').on('state_stores').column('device_id').execute();
  await schema.createIndex('state_stores_run').on('state_stores').column('run_id').execute();
  await schema
    .createTable('device_associations')
    .addColumn('source_id', 'text', (column) => column.notNull().references('devices.id').onDelete('cascade'))
    .addColumn('destination_id', 'text', (column) => column.notNull().references('devices.id').onDelete('cascade'))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('device_associations_pair', ['source_id', 'destination_id'])
    .execute();
}
