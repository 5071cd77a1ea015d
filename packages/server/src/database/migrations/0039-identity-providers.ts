/** Identity providers, who signs in with them, and sign-ins that were begun. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('identity_providers')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('sealed_client_secret', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('account_identities')
    .addColumn('account_id', 'text', (column) => column.primaryKey().references('accounts.id').onDelete('cascade'))
    .addColumn('provider_id', 'text', (column) => column.notNull().references('identity_providers.id'))
    .addColumn('subject', 'text')
    .addUniqueConstraint('account_identities_subject', ['provider_id', 'subject'])
    .execute();
  await schema
    .createTable('provider_sign_ins')
    .addColumn('state_hash', 'text', (column) => column.primaryKey())
    .addColumn('provider_id', 'text', (column) => column.notNull().references('identity_providers.id').onDelete('cascade'))
    .addColumn('return_to', 'text', (column) => column.notNull())
    .addColumn('challenge', 'text', (column) => column.notNull())
    .addColumn('sealed_checks', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
}
