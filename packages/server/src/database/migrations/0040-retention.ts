/** What is left of runs whose records are deleted, and which messages and logs are. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql, type Kysely } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('run_days')
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('deployment_id', 'text', (column) => column.notNull())
    .addColumn('task_sequence_id', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('count', 'integer', (column) => column.notNull())
    .addColumn('total_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('run_days_key', ['day', 'deployment_id', 'task_sequence_id', 'state'])
    .execute();
  for (const name of ['messages_deleted', 'log_deleted']) {
    await schema
      .alterTable('runs')
      .addColumn(name, 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await sql.raw(`create index runs_${name} on runs (ended_at) where ${name} = 0`).execute(database);
  }
  await schema.createIndex('device_inventory_changes_at').on('device_inventory_changes').column('at').execute();
}
