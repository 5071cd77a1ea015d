/** The mail server, and who is told by e-mail. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('mail_server')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('port', 'integer', (column) => column.notNull())
    .addColumn('security', 'text', (column) => column.notNull())
    .addColumn('account', 'text')
    .addColumn('password', 'text')
    .addColumn('sender', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('notification_rules')
    .addColumn('subscription_id', 'text', (column) => column.primaryKey().references('subscriptions.id').onDelete('cascade'))
    .addColumn('recipients', 'text', (column) => column.notNull())
    .execute();
}
