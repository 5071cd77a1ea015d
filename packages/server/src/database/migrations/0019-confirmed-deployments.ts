/** Who confirmed a deployment of high risk. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema.alterTable('deployments').addColumn('confirmed_by', 'text').execute();
}
