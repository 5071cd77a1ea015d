/** Alerts of deployments, at most one of a kind that is not cleared. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql, type Kysely } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema.alterTable('deployments').addColumn('alerts', 'text').execute();
  await schema
    .alterTable('deployments')
    .addColumn('success_looked_at', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .createTable('alerts')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('deployment_id', 'text', (column) => column.notNull().references('deployments.id').onDelete('cascade'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('figure', 'text', (column) => column.notNull())
    .addColumn('raised_at', 'bigint', (column) => column.notNull())
    .addColumn('acknowledged_at', 'bigint')
    .addColumn('acknowledged_by', 'text')
    .addColumn('cleared_at', 'bigint')
    .execute();
  await sql`create unique index alerts_open on alerts (deployment_id, kind) where cleared_at is null`.execute(database);
  await schema.createIndex('alerts_raised').on('alerts').columns(['raised_at', 'id']).execute();
}
