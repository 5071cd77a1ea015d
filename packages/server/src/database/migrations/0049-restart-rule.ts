/**
 * Restarts of computers in use wait for maintenance windows. Deployments that were made before restart as they always did, and so do runs that go
 * on. Forward only; the common subset of SQLite and PostgreSQL.
 */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .alterTable('deployments')
    .addColumn('restart_outside_windows', 'integer', (column) => column.notNull().defaultTo(1))
    .execute();
  await schema
    .alterTable('runs')
    .addColumn('restarts_wait', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema.alterTable('runs').addColumn('window_wait', 'text').execute();
}
