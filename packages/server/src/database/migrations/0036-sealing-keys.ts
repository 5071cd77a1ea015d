/** Keys that seal secrets, themselves sealed with the site's key. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql as raw, type Kysely } from 'kysely';

export async function up(sql: Kysely<unknown>): Promise<void> {
  const { schema } = sql;
  await schema
    .createTable('sealing_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('site_key_id', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('sealing_head')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('key_id', 'text', (column) => column.references('sealing_keys.id'))
    .execute();
  await raw`insert into sealing_head (id, key_id) values ('head', null)`.execute(sql);
}
