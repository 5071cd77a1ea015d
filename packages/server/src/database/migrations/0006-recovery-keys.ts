/** Recovery keys of encrypted disks. */
import type { Kysely } from 'kysely';

/** Forward only. Uses the common subset of SQLite and PostgreSQL. */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('recovery_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('device_name', 'text', (column) => column.notNull())
    .addColumn('volume_id', 'text', (column) => column.notNull())
    .addColumn('mount_point', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('recovery_keys_device').on('recovery_keys').column('device_id').execute();
  await schema.createIndex('recovery_keys_volume').on('recovery_keys').column('volume_id').execute();
}
