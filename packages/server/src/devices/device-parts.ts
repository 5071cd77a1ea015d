/**
 * What belongs to devices beside their own rows, by device; one that has none of it is left out. A query each: who reads very many devices asks for
 * no more than is needed.
 */
import { DeviceFacts } from '@ostler/contract';
import { isOneOf } from '../database/is-one-of.ts';
import type { Queries } from './store.ts';

export async function factsOf(sql: Queries, ids: readonly string[]): Promise<Map<string, DeviceFacts>> {
  const rows = await sql
    .selectFrom('device_facts')
    .selectAll()
    .where(isOneOf(sql, 'device_id', ids))
    .execute();
  return new Map(rows.map(({ device_id, facts }) => [device_id, DeviceFacts.parse(JSON.parse(facts))]));
}

export async function tagsOf(sql: Queries, ids: readonly string[]): Promise<Map<string, string[]>> {
  const rows = sql
    .selectFrom('device_tags')
    .select(['device_id', 'tag as text'])
    .where(isOneOf(sql, 'device_id', ids));
  return byDevice(await rows.orderBy('tag_key').execute());
}

/** Who they are for, as far as that is confirmed. */
export async function usersOf(sql: Queries, ids: readonly string[]): Promise<Map<string, string[]>> {
  const rows = sql
    .selectFrom('device_users')
    .select(['device_id', 'user_name as text'])
    .where(isOneOf(sql, 'device_id', ids))
    .where('state', '=', 'confirmed');
  return byDevice(await rows.orderBy('user_key').execute());
}

export async function macAddressesOf(sql: Queries, ids: readonly string[]): Promise<Map<string, string[]>> {
  const rows = sql
    .selectFrom('device_mac_addresses')
    .select(['device_id', 'mac_address as text'])
    .where(isOneOf(sql, 'device_id', ids));
  return byDevice(await rows.orderBy('mac_address').execute());
}

function byDevice(rows: readonly { readonly device_id: string; readonly text: string }[]): Map<string, string[]> {
  const texts = new Map<string, string[]>();
  for (const { device_id, text } of rows) {
    const own = texts.get(device_id);
    if (own === undefined) texts.set(device_id, [text]);
    else own.push(text);
  }
  return texts;
}
