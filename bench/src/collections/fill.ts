/** A fleet as agents and administrators would have written it, straight into the database: in words that SQLite and PostgreSQL share. */
import { idInSql } from '../large-site/ids.ts';
import type { PlainDatabase } from '../large-site/plain-database.ts';

const pciIds = JSON.stringify(Array.from({ length: 30 }, (_, index) => `8086:${(4096 + index).toString(16)}`));
const disk = JSON.stringify({
  name: 'nvme0n1',
  model: 'SSD',
  serialNumber: 'S',
  sizeBytes: 5e11,
  transport: 'nvme',
  rotational: false,
  removable: false,
});
/** A hundred models, four sizes of memory. */
const hardware = `'{"model":"Latitude ' || cast(n % 100 as text) || '","memoryBytes":' || cast(8 + n % 4 * 8 as text) || '000000000,"disks":[${disk}],"pciIds":${pciIds}}'`;
/** Cast: to SQLite `||` is above `%`. */
const [ofFifty, ofForty] = ['cast(n % 50 as text)', 'cast(n % 40 as text)'];

/** Every device has a tag, a variable and an inventory, and is in no collection yet. */
export async function fillDevices(database: PlainDatabase, devices: number): Promise<void> {
  for (const statement of statements(devices)) await database.execute(statement);
}

function statements(devices: number): string[] {
  return [
    'create temporary table numbers (n integer primary key, id text not null)',
    `insert into numbers with recursive counted(n) as (select 0 union all select n + 1 from counted where n < ${devices - 1})
      select n, 'device-' || ${idInSql} from counted`,
    "insert into devices (id, name, state, created_at, memberships_stale) select id, 'PC-' || n, 'approved', 1, 1 from numbers",
    `insert into device_tags (device_id, tag_key, tag) select id, 's' || ${ofFifty}, 'S' || ${ofFifty} from numbers`,
    `insert into variables (owner_kind, owner_id, name_key, name, value, secret)
      select 'device', id, 'site', 'Site', 'site' || ${ofForty}, 0 from numbers`,
    `insert into device_inventories (device_id, hardware, reported_at, changed_at) select id, ${hardware}, 1, 1 from numbers`,
    'drop table numbers',
  ];
}
