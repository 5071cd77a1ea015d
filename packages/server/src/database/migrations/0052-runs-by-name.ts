/** Runs on computers that have left their deployment's collection, page by page by name. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql, type Kysely } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  // The name itself too: PostgreSQL reads none from its lower case.
  await sql`create index runs_by_name on runs (deployment_id, lower(device_name), device_id, device_name)
    where newest = 1 and rerun_allowed = 0`.execute(database);
}
