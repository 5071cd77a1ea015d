/** Devices that boot from the network once. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .alterTable('devices')
    .addColumn('boot_once', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
