/** The audit log. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql as raw, type Kysely } from 'kysely';

export async function up(sql: Kysely<unknown>): Promise<void> {
  const { schema } = sql;
  await schema
    .createTable('audit_entries')
    .addColumn('number', 'bigint', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('actor_kind', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text')
    .addColumn('actor_name', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('operation', 'text', (column) => column.notNull())
    .addColumn('object_id', 'text')
    .addColumn('result', 'text', (column) => column.notNull())
    .addColumn('error_code', 'text')
    .addColumn('request', 'text', (column) => column.notNull())
    .addColumn('changes', 'text', (column) => column.notNull())
    .addColumn('previous_hash', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('audit_entries_actor').on('audit_entries').columns(['actor_name', 'number']).execute();
  await schema.createIndex('audit_entries_object').on('audit_entries').columns(['object_id', 'number']).execute();
  await schema.createIndex('audit_entries_at').on('audit_entries').columns(['at']).execute();
  await schema
    .createTable('audit_head')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('number', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await raw`insert into audit_head (id, number, hash) values ('head', 0, ${'0'.repeat(64)})`.execute(sql);
}
