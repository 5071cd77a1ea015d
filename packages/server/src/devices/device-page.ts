/**
 * A page of devices, by keyset: whatever comes before it costs nothing. Without a search an index is walked; a search reads the devices once,
 * since a word may be anywhere in a name, and sorts what it finds.
 */
import { OstlerError, type Device, type DeviceQuery } from '@ostler/contract';
import { sql as raw, type RawBuilder, type SqlBool } from 'kysely';
import { z } from 'zod';
import { devicesById, type Queries } from './store.ts';
import { tagLine, wordsToFind } from './search-words.ts';
import { devicesOf } from './users/store.ts';

export interface DevicePage {
  readonly items: Device[];
  readonly next: string | null;
}

type Sort = DeviceQuery['sort'];

/** What devices are sorted by; each with the id is an index of migration 0017. */
const keys: Readonly<Record<Sort, RawBuilder<string | number>>> = {
  name: raw`lower(name)`,
  'last-seen': raw`coalesce(last_seen_at, 0)`,
  created: raw`created_at`,
};
/** The same order in words that no index has: walking one in its order to look into every row is the slowest way to search. */
const unindexedKeys: Readonly<Record<Sort, RawBuilder<string | number>>> = {
  name: raw`lower(name) || ''`,
  'last-seen': raw`coalesce(last_seen_at, 0) + 0`,
  created: raw`created_at + 0`,
};

/**
 * @param among a condition on `devices`: which of them there are to begin with
 * @throws OstlerError DEVICE_LIST_CHANGED for an `after` of another order
 */
export async function devicePage(sql: Queries, query: DeviceQuery, among: RawBuilder<SqlBool>): Promise<DevicePage> {
  const { sort, order, limit } = query;
  const words = [...wordsToFind(query.search ?? ''), ...(query.tag === undefined ? [] : [[tagLine(query.tag)]])];
  const key = (words.length > 0 ? unindexedKeys : keys)[sort];
  const direction = order === 'ascending' ? 'asc' : 'desc';
  let rows = sql
    .selectFrom('devices')
    .select(['id', key.as('key')])
    .orderBy(key, direction)
    .orderBy('id', direction)
    .limit(limit + 1);
  rows = rows.where(among);
  if (query.state !== undefined) rows = rows.where('state', '=', query.state);
  if (query.name !== undefined) rows = rows.where(raw<boolean>`lower(name) = ${query.name.toLowerCase()}`);
  for (const ways of words) {
    rows = rows.where((has) => has.or(ways.map((way) => raw<boolean>`search_words like ${`%${escaped(way)}%`} escape '\\'`)));
  }
  if (query.user !== undefined) rows = rows.where('id', 'in', devicesOf(sql, query.user));
  const after = readPlace(query);
  if (after !== null) {
    rows = rows.where(
      order === 'ascending'
        ? raw<boolean>`(${key}, id) > (${after.key}, ${after.id})`
        : raw<boolean>`(${key}, id) < (${after.key}, ${after.id})`,
    );
  }
  const found = await rows.execute();
  const page = found.slice(0, limit);
  return { items: await inOrder(sql, page), next: found.length > limit ? writePlace(query, page.at(-1)) : null };
}

async function inOrder(sql: Queries, rows: readonly { readonly id: string }[]): Promise<Device[]> {
  const ids = rows.map(({ id }) => id);
  const devices = new Map((await devicesById(sql, ids)).map((device) => [device.id, device]));
  return ids.flatMap((id) => devices.get(id) ?? []);
}

function escaped(word: string): string {
  return word.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

/** The last device of a page: its place in an order. */
const Place = z.strictObject({ sort: z.string(), order: z.string(), key: z.union([z.string(), z.number()]), id: z.string() });

function writePlace({ sort, order }: DeviceQuery, last: { readonly key: string | number; readonly id: string } | undefined): string | null {
  return last === undefined ? null : Buffer.from(JSON.stringify({ sort, order, ...last })).toString('base64url');
}

function readPlace({ after, sort, order }: DeviceQuery): z.output<typeof Place> | null {
  if (after === undefined) return null;
  const place = Place.safeParse(parsed(Buffer.from(after, 'base64url').toString())).data;
  if (place === undefined || place.sort !== sort || place.order !== order || typeof place.key !== (sort === 'name' ? 'string' : 'number')) {
    throw new OstlerError('DEVICE_LIST_CHANGED', { after });
  }
  return place;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
