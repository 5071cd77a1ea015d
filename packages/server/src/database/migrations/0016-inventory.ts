/** What devices are made of, what has changed of it, and their tags. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('device_inventories')
    .addColumn('device_id', 'text', (column) => column.primaryKey().references('devices.id').onDelete('cascade'))
    .addColumn('hardware', 'text', (column) => column.notNull())
    .addColumn('operating_system', 'text')
    .addColumn('reported_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('device_inventory_changes')
    .addColumn('device_id', 'text', (column) => column.notNull().references('devices.id').onDelete('cascade'))
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('changes', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('device_inventory_changes_key', ['device_id', 'number'])
    .execute();
  await schema
    .createTable('device_tags')
    .addColumn('device_id', 'text', (column) => column.notNull().references('devices.id').onDelete('cascade'))
    .addColumn('tag_key', 'text', (column) => column.notNull())
    .addColumn('tag', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('device_tags_key', ['device_id', 'tag_key'])
    .execute();
  await schema.createIndex('device_tags_tag').on('device_tags').columns(['tag_key', 'device_id']).execute();
}
