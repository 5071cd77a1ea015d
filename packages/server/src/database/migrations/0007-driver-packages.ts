/** What driver packages say of themselves. */
import type { Kysely } from 'kysely';

/** Forward only. Uses the common subset of SQLite and PostgreSQL. */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema.alterTable('packages').addColumn('drivers', 'text').execute();
}
