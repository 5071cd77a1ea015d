/** Tries that have failed, so that all servers count them together. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('failed_attempts')
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('failed_attempts_key').on('failed_attempts').columns(['key', 'expires_at']).execute();
  await schema.createIndex('failed_attempts_expires_at').on('failed_attempts').column('expires_at').execute();
}
