/**
 * What belongs to devices beside their own rows, by device; one that has none of it is left out. Who reads very many devices asks for no more than
 * is needed, each with a query of its own; who reads one asks for all of it at once, because going to the database takes longer than reading there.
 */
import { DeviceFacts } from '@ostler/contract';
import { sql as raw } from 'kysely';
import { isOneOf } from '../database/is-one-of.ts';
import type { Queries } from './store.ts';

export interface DeviceParts {
  readonly facts: ReadonlyMap<string, DeviceFacts>;
  readonly tags: ReadonlyMap<string, string[]>;
  /** Who they are for, as far as that is confirmed. */
  readonly users: ReadonlyMap<string, string[]>;
  readonly macAddresses: ReadonlyMap<string, string[]>;
}

export async function partsOf(sql: Queries, ids: readonly string[]): Promise<DeviceParts> {
  const ofThem = isOneOf(sql, 'device_id', ids);
  const kind = (name: keyof DeviceParts) => raw.lit(name).$castTo<keyof DeviceParts>().as('kind');
  const facts = sql.selectFrom('device_facts').select([kind('facts'), 'device_id', 'facts as text', 'device_id as key']);
  const tags = sql.selectFrom('device_tags').select([kind('tags'), 'device_id', 'tag as text', 'tag_key as key']);
  const users = sql.selectFrom('device_users').select([kind('users'), 'device_id', 'user_name as text', 'user_key as key']);
  const macs = sql
    .selectFrom('device_mac_addresses')
    .select([kind('macAddresses'), 'device_id', 'mac_address as text', 'mac_address as key']);
  const rows = await facts
    .where(ofThem)
    .unionAll(tags.where(ofThem))
    .unionAll(users.where(ofThem).where('state', '=', 'confirmed'))
    .unionAll(macs.where(ofThem))
    .orderBy('key')
    .execute();
  const byKind = Map.groupBy(rows, (row) => row.kind);
  const textsOf = (name: keyof DeviceParts): Map<string, string[]> => byDevice(byKind.get(name) ?? []);
  return {
    facts: new Map((byKind.get('facts') ?? []).map(({ device_id, text }) => [device_id, DeviceFacts.parse(JSON.parse(text))])),
    tags: textsOf('tags'),
    users: textsOf('users'),
    macAddresses: textsOf('macAddresses'),
  };
}

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
