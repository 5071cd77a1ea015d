/** Which run is the last one of its deployment on its device. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql, type Kysely } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .alterTable('runs')
    .addColumn('newest', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`update runs set newest = 1 where number in (select max(number) from runs group by deployment_id, device_id)`.execute(database);
  await schema
    .createIndex('runs_newest')
    .on('runs')
    .columns(['deployment_id', 'device_id', 'newest', 'rerun_allowed', 'state', 'id', 'device_name'])
    .execute();
}
