/** Runs that an administrator pauses. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .alterTable('runs')
    .addColumn('pause_requested', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .alterTable('runs')
    .addColumn('paused', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
