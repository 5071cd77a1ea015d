/** Who is told of which events: the part that every way of telling has. */
import { EventKind, Id, OstlerError } from '@ostler/contract';
import type { Insertable } from 'kysely';
import { z } from 'zod';
import type { Queries } from '../devices/store.ts';
import type { ChannelName, EventTables } from './tables.ts';

export interface SubscriptionFields {
  readonly name: string;
  readonly events: readonly EventKind[] | null;
  readonly collectionIds: readonly string[] | null;
  readonly enabled: boolean;
}

type Row = EventTables['subscriptions'];
const Events = z.array(EventKind);
const Ids = z.array(Id);

/** @throws OstlerError ALREADY_EXISTS, NOT_FOUND for a collection that is not there */
export async function insertSubscription(
  sql: Queries,
  fields: SubscriptionFields,
  { id, channel, delayMs, nowMs }: { readonly id: string; readonly channel: ChannelName; readonly delayMs: number; readonly nowMs: number },
): Promise<void> {
  await refuseName(sql, channel, fields.name, id);
  await requireCollections(sql, fields.collectionIds);
  const row: Insertable<Row> = { id, channel, ...columnsOf(fields), delay_ms: delayMs, failing_since: null, created_at: nowMs };
  await sql.insertInto('subscriptions').values(row).execute();
}

/** @throws OstlerError ALREADY_EXISTS, NOT_FOUND for a collection that is not there */
export async function updateSubscription(
  sql: Queries,
  before: Pick<Row, 'id' | 'channel'>,
  fields: SubscriptionFields,
  delayMs: number,
): Promise<void> {
  await refuseName(sql, before.channel, fields.name, before.id);
  await requireCollections(sql, fields.collectionIds);
  await sql
    .updateTable('subscriptions')
    .set({ ...columnsOf(fields), delay_ms: delayMs })
    .where('id', '=', before.id)
    .execute();
}

/** With what was not sent yet. */
export async function deleteSubscription(sql: Queries, id: string): Promise<void> {
  await sql.deleteFrom('subscriptions').where('id', '=', id).execute();
}

export function fieldsOf({ name, events, collection_ids, enabled }: Row) {
  return {
    name,
    events: events === null ? null : Events.parse(JSON.parse(events)),
    collectionIds: collection_ids === null ? null : Ids.parse(JSON.parse(collection_ids)),
    enabled: enabled === 1,
  };
}

/** For a collection that is to be deleted: who is told of its computers alone. */
export async function subscriptionsLimitedTo(sql: Queries, collectionId: string): Promise<string[]> {
  const rows = await sql.selectFrom('subscriptions').selectAll().where('collection_ids', 'is not', null).orderBy('name').execute();
  return rows.filter((row) => fieldsOf(row).collectionIds?.includes(collectionId)).map(({ channel, name }) => `the ${channel} ${name}`);
}

function columnsOf({ name, events, collectionIds, enabled }: SubscriptionFields) {
  return {
    name,
    events: events === null ? null : JSON.stringify(events),
    collection_ids: collectionIds === null ? null : JSON.stringify(collectionIds),
    enabled: enabled ? (1 as const) : (0 as const),
  };
}

async function refuseName(sql: Queries, channel: ChannelName, name: string, except: string): Promise<void> {
  const same = await sql
    .selectFrom('subscriptions')
    .select('id')
    .where('channel', '=', channel)
    .where('name', '=', name)
    .where('id', '!=', except)
    .executeTakeFirst();
  if (same !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: channel, name });
}

async function requireCollections(sql: Queries, ids: readonly string[] | null): Promise<void> {
  if (ids === null) return;
  const found = await sql.selectFrom('collections').select('id').where('id', 'in', ids).execute();
  const missing = ids.find((id) => !found.some((each) => each.id === id));
  if (missing !== undefined) throw new OstlerError('NOT_FOUND', { kind: 'collection', id: missing });
}
