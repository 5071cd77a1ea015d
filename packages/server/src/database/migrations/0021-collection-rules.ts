/** Rules of collections; what was added to a collection becomes a direct rule. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql, type Kysely } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema.alterTable('collections').addColumn('limiting_id', 'text').execute();
  await schema.alterTable('collections').addColumn('evaluated_at', 'bigint').execute();
  await schema.alterTable('collections').addColumn('evaluation_ms', 'integer').execute();
  await schema
    .alterTable('collections')
    .addColumn('unanswered_count', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`update collections set limiting_id = 'all-systems' where built_in = 0`.execute(database);
  await schema
    .createTable('collection_rules')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('collection_id', 'text', (column) => column.notNull().references('collections.id').onDelete('cascade'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('device_id', 'text', (column) => column.references('devices.id').onDelete('cascade'))
    .addColumn('query', 'text')
    .addColumn('other_id', 'text', (column) => column.references('collections.id'))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('collection_rules_direct', ['collection_id', 'device_id'])
    .addUniqueConstraint('collection_rules_other', ['collection_id', 'kind', 'other_id'])
    .execute();
  await schema.createIndex('collection_rules_device').on('collection_rules').column('device_id').execute();
  await schema.createIndex('collection_rules_kind').on('collection_rules').columns(['kind', 'collection_id']).execute();
  await sql`insert into collection_rules (id, collection_id, kind, device_id, created_at)
    select 'rule-' || substr(collection_id, 12) || '-' || substr(device_id, 8), collection_id, 'direct', device_id, 0 from collection_members`.execute(
    database,
  );
  // Every device is looked at once after this.
  await schema
    .alterTable('devices')
    .addColumn('memberships_stale', 'integer', (column) => column.notNull().defaultTo(1))
    .execute();
  await schema.createIndex('devices_stale').on('devices').column('id').where(sql.ref('memberships_stale'), '=', sql.lit(1)).execute();
  await schema.createIndex('devices_state').on('devices').column('state').execute();
}
