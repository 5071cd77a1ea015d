/** What sessions and API tokens are used from and limited to. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .alterTable('sessions')
    .addColumn('last_used_at', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .alterTable('sessions')
    .addColumn('address', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  await schema.alterTable('api_tokens').addColumn('permissions', 'text').execute();
  await schema.alterTable('api_tokens').addColumn('collection_ids', 'text').execute();
}
