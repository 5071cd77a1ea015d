/** What a deployment counts its devices by, in the order of their ids. Forward only; the common subset of SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';

export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema.createIndex('devices_by_id').on('devices').columns(['id', 'state', 'last_seen_at']).execute();
}
