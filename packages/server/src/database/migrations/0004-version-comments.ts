/** Why a version of a task sequence was saved. */
import type { Kysely } from 'kysely';

/** Forward only. Uses the common subset of SQLite and PostgreSQL. */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .alterTable('task_sequence_versions')
    .addColumn('comment', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
}
