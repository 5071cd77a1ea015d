/** Finds at once whether a computer is awaited by its serial number: each unknown one that boots asks. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql, type Kysely } from 'kysely';

export async function up(database: Kysely<unknown>): Promise<void> {
  await sql`create index devices_awaited on devices (smbios_uuid, state) where serial_number is not null`.execute(database);
}
