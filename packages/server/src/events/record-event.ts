/**
 * Notes what has happened for those who are told of it. It is called in the transaction in which it happens, so that nothing is told that
 * did not happen, and nothing that happened is forgotten. Telling is the dispatcher's.
 */
import type { EventData, EventKind } from '@ostler/contract';
import { sql as raw, type SqlBool } from 'kysely';
import { membersOf } from '../collections/members.ts';
import { newId } from '../database/new-id.ts';
import type { Queries } from '../devices/store.ts';
import type { EventTables } from './tables.ts';

/** What an event is about, for subscriptions that are limited to collections: nothing of the two is the site itself. */
export interface Concerned {
  readonly deviceId?: string;
  /** Of a deployment. */
  readonly collectionId?: string;
}

export interface Occurrence<K extends EventKind> extends Concerned {
  readonly data: EventData<K>;
  readonly nowMs: number;
}

type Subscriber = Pick<EventTables['subscriptions'], 'id' | 'collection_ids' | 'delay_ms'>;

/** One small query where nobody is told of it. */
export async function recordEvent<K extends EventKind>(
  sql: Queries,
  kind: K,
  { data, nowMs, deviceId, collectionId }: Occurrence<K>,
): Promise<void> {
  const concerned = { ...(deviceId === undefined ? {} : { deviceId }), ...(collectionId === undefined ? {} : { collectionId }) };
  const told: Subscriber[] = [];
  for (const each of await subscribersOf(sql, kind)) if (await isWithin(sql, each, concerned)) told.push(each);
  if (told.length === 0) return;
  const event = { id: newId('event'), kind, at: nowMs, data: JSON.stringify(data) };
  await sql.insertInto('events').values(event).execute();
  await sql
    .insertInto('deliveries')
    .values(told.map(({ id, delay_ms }) => newDelivery(id, event.id, { nowMs, nextAttemptAtMs: nowMs + delay_ms })))
    .execute();
}

/** Whether anybody is told of this kind: for events that take some finding out. */
export async function isToldOf(sql: Queries, kind: EventKind): Promise<boolean> {
  return (await subscribersOf(sql, kind)).length > 0;
}

export function newDelivery(
  subscriptionId: string,
  eventId: string,
  { nowMs, nextAttemptAtMs }: { readonly nowMs: number; readonly nextAttemptAtMs: number },
): EventTables['deliveries'] {
  return {
    id: newId('delivery'),
    subscription_id: subscriptionId,
    event_id: eventId,
    state: 'waiting',
    attempts: 0,
    next_attempt_at: nextAttemptAtMs,
    last_attempt_at: null,
    error: null,
    created_at: nowMs,
  };
}

async function subscribersOf(sql: Queries, kind: EventKind): Promise<Subscriber[]> {
  const rows = await sql
    .selectFrom('subscriptions')
    .select(['id', 'events', 'collection_ids', 'delay_ms'])
    .where('enabled', '=', 1)
    .execute();
  return rows.filter(({ events }) => events === null || idsOf(events).includes(kind));
}

async function isWithin(sql: Queries, { collection_ids }: Subscriber, { deviceId, collectionId }: Concerned): Promise<boolean> {
  if (collection_ids === null) return true;
  const ids = idsOf(collection_ids);
  if (collectionId !== undefined && ids.includes(collectionId)) return true;
  if (deviceId === undefined) return false;
  const member = await sql
    .selectFrom('devices')
    .select('id')
    .where('id', '=', deviceId)
    .where(raw<SqlBool>`id in (${membersOf(ids)})`)
    .executeTakeFirst();
  return member !== undefined;
}

function idsOf(json: string): readonly string[] {
  // Safe: the subscription's store wrote the list.
  return JSON.parse(json) as readonly string[];
}
