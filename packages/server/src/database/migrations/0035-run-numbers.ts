/** Runs are numbered by a row that whoever begins one holds. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql as raw, type Kysely } from 'kysely';

export async function up(sql: Kysely<unknown>): Promise<void> {
  await sql.schema
    .createTable('run_numbers')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('number', 'integer', (column) => column.notNull())
    .execute();
  await raw`insert into run_numbers (id, number) select 'last', coalesce(max(number), 0) from runs`.execute(sql);
}
