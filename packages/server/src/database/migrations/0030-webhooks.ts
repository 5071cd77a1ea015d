/** Events, who is told of them, and how far that is. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('subscriptions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('events', 'text')
    .addColumn('collection_ids', 'text')
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('delay_ms', 'bigint', (column) => column.notNull())
    .addColumn('failing_since', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('subscriptions_name', ['channel', 'name'])
    .execute();
  await schema
    .createTable('webhooks')
    .addColumn('subscription_id', 'text', (column) => column.primaryKey().references('subscriptions.id').onDelete('cascade'))
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('previous_secret', 'text')
    .addColumn('previous_until', 'bigint')
    .execute();
  await schema
    .createTable('events')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('deliveries')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('subscription_id', 'text', (column) => column.notNull().references('subscriptions.id').onDelete('cascade'))
    .addColumn('event_id', 'text', (column) => column.notNull().references('events.id').onDelete('cascade'))
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
    .addColumn('last_attempt_at', 'bigint')
    .addColumn('error', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  // What is due, by receiver; what was sent to one, newest first; what is old; what an event's deletion takes along.
  await schema.createIndex('deliveries_due').on('deliveries').columns(['state', 'subscription_id', 'next_attempt_at']).execute();
  await schema.createIndex('deliveries_newest').on('deliveries').columns(['subscription_id', 'created_at']).execute();
  await schema.createIndex('deliveries_event').on('deliveries').column('event_id').execute();
  await schema.createIndex('events_at').on('events').column('at').execute();
  await schema.alterTable('distribution_points').addColumn('lost_at', 'bigint').execute();
}
