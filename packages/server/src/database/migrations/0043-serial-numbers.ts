/** Serial numbers that computers are recognised by. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql, type Kysely } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema.alterTable('devices').addColumn('serial_number', 'text').execute();
  await sql`create index devices_serial_number on devices (lower(serial_number))`.execute(database);
}
