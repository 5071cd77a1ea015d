/** How a person at the computer is asked for a variable without a value. */
import type { Kysely } from 'kysely';

/** Forward only. Uses the common subset of SQLite and PostgreSQL. */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema.alterTable('variables').addColumn('question', 'text').execute();
}
