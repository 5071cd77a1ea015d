/** Deployments pause, by hand or by themselves; one that was disabled is paused. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql, type Kysely } from 'kysely';

const thresholdOfNew = '{"failures":3,"percent":10}';

export async function up(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema.alterTable('deployments').addColumn('paused', 'text').execute();
  await schema.alterTable('deployments').addColumn('failure_threshold', 'text').execute();
  await schema
    .alterTable('deployments')
    .addColumn('counted_from', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`update deployments set failure_threshold = ${thresholdOfNew}`.execute(database);
  const disabled = '{"at":"1970-01-01T00:00:00.000Z","by":null,"reason":"it was disabled"}';
  await sql`update deployments set paused = ${disabled} where enabled = 0`.execute(database);
  await schema.alterTable('deployments').dropColumn('enabled').execute();
  await schema.createIndex('runs_deployment_state').on('runs').columns(['deployment_id', 'state', 'ended_at']).execute();
}
