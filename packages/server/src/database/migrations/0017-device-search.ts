/** Devices that are found by any of their words, in lists by page. Forward only; the common subset of SQLite and PostgreSQL. */
import { sql, type Kysely } from 'kysely';

interface Before {
  devices: { id: string; name: string; smbios_uuid: string | null; facts: string | null; search_words: string };
  device_mac_addresses: { mac_address: string; device_id: string };
  device_tags: { device_id: string; tag: string };
}

export async function up(database: Kysely<Before>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('device_facts')
    .addColumn('device_id', 'text', (column) => column.primaryKey().references('devices.id').onDelete('cascade'))
    .addColumn('facts', 'text', (column) => column.notNull())
    .execute();
  await schema
    .alterTable('devices')
    .addColumn('search_words', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  await writeSearchWords(database);
  await sql`insert into device_facts (device_id, facts) select id, facts from devices where facts is not null`.execute(database);
  await schema.alterTable('devices').dropColumn('facts').execute();
  await sql`create index devices_by_name on devices (lower(name), id)`.execute(database);
  await sql`create index devices_by_last_seen on devices (coalesce(last_seen_at, 0), id)`.execute(database);
  await sql`create index devices_by_created on devices (created_at, id)`.execute(database);
}

/** As search-words.ts did it when this migration was written. */
async function writeSearchWords(database: Kysely<Before>): Promise<void> {
  const macs = Map.groupBy(await database.selectFrom('device_mac_addresses').selectAll().execute(), (row) => row.device_id);
  const tags = Map.groupBy(await database.selectFrom('device_tags').selectAll().execute(), (row) => row.device_id);
  for (const { id, name, smbios_uuid, facts } of await database
    .selectFrom('devices')
    .select(['id', 'name', 'smbios_uuid', 'facts'])
    .execute()) {
    const said = JSON.parse(facts ?? '{}') as Partial<Record<'serialNumber' | 'assetTag' | 'manufacturer' | 'model', string>>;
    const words = [
      name,
      ...(macs.get(id) ?? []).flatMap(({ mac_address }) => [mac_address, mac_address.replaceAll(':', '')]),
      smbios_uuid ?? '',
      said.serialNumber ?? '',
      said.assetTag ?? '',
      `${said.manufacturer ?? ''} ${said.model ?? ''}`,
      ...(tags.get(id) ?? []).map(({ tag }) => `#${tag}`),
    ];
    const search_words = `\n${words.filter((word) => word.trim() !== '').join('\n')}\n`.toLowerCase();
    await database.updateTable('devices').set({ search_words }).where('id', '=', id).execute();
  }
}
