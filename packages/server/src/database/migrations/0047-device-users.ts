/** Who computers are for. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('device_users')
    .addColumn('device_id', 'text', (column) => column.notNull().references('devices.id').onDelete('cascade'))
    .addColumn('user_key', 'text', (column) => column.notNull())
    .addColumn('user_name', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('named_by', 'text', (column) => column.notNull())
    .addColumn('named_at', 'bigint', (column) => column.notNull())
    .addColumn('run_id', 'text')
    .addColumn('approved_by', 'text')
    .addColumn('approved_at', 'bigint')
    .addPrimaryKeyConstraint('device_users_key', ['device_id', 'user_key'])
    .execute();
  await schema.createIndex('device_users_user').on('device_users').columns(['user_key', 'device_id']).execute();
  await schema.createIndex('device_users_state').on('device_users').columns(['state', 'user_key', 'device_id']).execute();
}
