/** The servers of a site, and whose each running job is. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('servers')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('beats', 'integer', (column) => column.notNull())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.alterTable('jobs').addColumn('server_id', 'text').execute();
  await schema
    .alterTable('jobs')
    .addColumn('cancel_requested', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
