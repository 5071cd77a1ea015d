/** The status of a deployment is counted and paged from an index; one may override maintenance windows. Forward only; the common subset. */
import { sql, type Kysely } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  await sql`create index runs_status on runs (deployment_id, newest, rerun_allowed, state, lower(device_name), device_id)`.execute(
    database,
  );
  await sql`drop index runs_newest`.execute(database);
  await sql`create index runs_newest on runs (deployment_id, device_id, newest, rerun_allowed)`.execute(database);
  await database.schema
    .alterTable('deployments')
    .addColumn('override_windows', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
