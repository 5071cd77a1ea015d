/** Deliveries in the database: which are due, who has taken them, and how they ended. Several servers may work on one outbox. */
import { ErrorBody, OstlerError, toErrorBody, type Delivery, type DeliveryQuery, type EventMessage } from '@ostler/contract';
import { sql as raw, type SqlBool } from 'kysely';
import { newId } from '../database/new-id.ts';
import type { Queries } from '../devices/store.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { newDelivery } from './record-event.ts';
import { nextAttemptAtMs } from './retry-schedule.ts';
import type { ChannelName, EventTables } from './tables.ts';

/** A delivery that this server, and no other, is sending now. */
export interface ClaimedDelivery {
  readonly id: string;
  /** With this one. */
  readonly attempts: number;
  readonly createdAtMs: number;
  readonly message: EventMessage;
}

/** Longer than an attempt takes. A server that dies in the middle leaves its deliveries to the others after it. */
const leaseMs = 60_000;

export interface DueSubscription {
  readonly id: string;
  readonly failing: boolean;
}

/** Those with something to send. */
export async function subscriptionsDue(sql: Queries, channel: ChannelName, nowMs: number): Promise<DueSubscription[]> {
  const rows = await sql
    .selectFrom('subscriptions')
    .select(['id', 'failing_since'])
    .where('channel', '=', channel)
    .where('enabled', '=', 1)
    .where((has) =>
      has.exists(
        has
          .selectFrom('deliveries')
          .select('deliveries.id')
          .whereRef('deliveries.subscription_id', '=', 'subscriptions.id')
          .where('deliveries.state', '=', 'waiting')
          .where('deliveries.next_attempt_at', '<=', nowMs),
      ),
    )
    .execute();
  return rows.map(({ id, failing_since }) => ({ id, failing: failing_since !== null }));
}

/**
 * Takes what is due, the oldest first, so that no other server sends it meanwhile.
 * @param gathers what was never tried goes along, also before it is due
 */
export async function claimDue(
  sql: Queries,
  subscriptionId: string,
  { nowMs, limit, gathers = false }: { readonly nowMs: number; readonly limit: number; readonly gathers?: boolean },
): Promise<ClaimedDelivery[]> {
  const isDue = gathers ? raw<SqlBool>`(next_attempt_at <= ${nowMs} or attempts = 0)` : raw<SqlBool>`next_attempt_at <= ${nowMs}`;
  const due = sql
    .selectFrom('deliveries')
    .select('id')
    .where('state', '=', 'waiting')
    .where('subscription_id', '=', subscriptionId)
    .where(isDue)
    .orderBy('next_attempt_at')
    .limit(limit);
  const rows = await sql
    .updateTable('deliveries')
    .set((row) => ({ attempts: row('attempts', '+', 1), last_attempt_at: nowMs, next_attempt_at: nowMs + leaseMs }))
    .where('id', 'in', due)
    // Looked at again once the row is this server's: another one may have taken it between the two.
    .where('state', '=', 'waiting')
    .where(isDue)
    .returningAll()
    .execute();
  return claimedOf(sql, rows);
}

/** Sends nothing itself: a test that is claimed from its beginning. */
export async function claimTest(sql: Queries, subscriptionId: string, data: object, nowMs: number): Promise<ClaimedDelivery[]> {
  const event = { id: newId('event'), kind: 'test', at: nowMs, data: JSON.stringify(data) } as const;
  await sql.insertInto('events').values(event).execute();
  const delivery = newDelivery(subscriptionId, event.id, { nowMs, nextAttemptAtMs: nowMs + leaseMs });
  const row = { ...delivery, attempts: 1, last_attempt_at: nowMs };
  await sql.insertInto('deliveries').values(row).execute();
  return claimedOf(sql, [row]);
}

/**
 * How an attempt ended. What was claimed anew meanwhile is left alone.
 * @param error null: it has arrived
 * @param again whether it is tried again
 * @returns its state now
 */
export async function recordAttempt(
  sql: Queries,
  { id, attempts, createdAtMs }: ClaimedDelivery,
  { error, again, nowMs }: { readonly error: unknown; readonly again: boolean; readonly nowMs: number },
): Promise<Delivery['state']> {
  const next = error === null || !again ? null : nextAttemptAtMs({ attempts, createdAtMs, nowMs });
  const ended = error === null ? 'delivered' : 'given-up';
  const state = next === null ? ended : 'waiting';
  await sql
    .updateTable('deliveries')
    .set({ state, next_attempt_at: next ?? nowMs, error: error === null ? null : JSON.stringify(toErrorBody(error)) })
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .where('attempts', '=', attempts)
    .execute();
  return state;
}

/** Whether a receiver takes what it is sent: one that does not is asked by one delivery at a time. */
export async function recordHealth(sql: Queries, subscriptionId: string, healthy: boolean, nowMs: number): Promise<void> {
  const update = sql.updateTable('subscriptions').where('id', '=', subscriptionId);
  if (healthy) await update.set({ failing_since: null }).where('failing_since', 'is not', null).execute();
  else await update.set({ failing_since: nowMs }).where('failing_since', 'is', null).execute();
}

/** With the events that nothing refers to any more. What waits stays. @returns how many deliveries */
export async function deleteEndedBefore(sql: Queries, beforeMs: number): Promise<number> {
  const { numDeletedRows } = await sql
    .deleteFrom('deliveries')
    .where('state', '!=', 'waiting')
    .where('created_at', '<', beforeMs)
    .executeTakeFirst();
  await sql
    .deleteFrom('events')
    .where('at', '<', beforeMs)
    .where((has) =>
      has.not(has.exists(has.selectFrom('deliveries').select('deliveries.id').whereRef('deliveries.event_id', '=', 'events.id'))),
    )
    .execute();
  return Number(numDeletedRows);
}

/** Newest first. */
export async function listDeliveries(sql: Queries, subscriptionId: string, { state, limit }: DeliveryQuery): Promise<Delivery[]> {
  let query = withEvent(sql).where('subscription_id', '=', subscriptionId).orderBy('created_at', 'desc').orderBy('deliveries.id');
  if (state !== undefined) query = query.where('state', '=', state);
  return (await query.limit(limit).execute()).map(asDelivery);
}

/**
 * One that has ended waits again, to be sent now, and under the id that the receiver knows it by: one that keeps ids takes it for what it has had.
 * Once more is once: what is older than the retries last is given up again where it fails.
 * @throws OstlerError NOT_FOUND, DELIVERY_WAITING
 */
export async function redeliver(sql: Queries, channel: ChannelName, id: string, nowMs: number): Promise<Delivery> {
  const ofChannel = sql.selectFrom('subscriptions').select('id').where('channel', '=', channel);
  const found = await sql
    .selectFrom('deliveries')
    .selectAll()
    .where('id', '=', id)
    .where('subscription_id', 'in', ofChannel)
    .executeTakeFirst();
  if (found === undefined) throw new OstlerError('NOT_FOUND', { kind: 'delivery', id });
  const { numUpdatedRows } = await sql
    .updateTable('deliveries')
    .set({ state: 'waiting', next_attempt_at: nowMs })
    .where('id', '=', id)
    .where('state', '!=', 'waiting')
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new OstlerError('DELIVERY_WAITING', { id, at: isoTime(found.next_attempt_at) });
  return getDelivery(sql, id);
}

export async function getDelivery(sql: Queries, id: string): Promise<Delivery> {
  return asDelivery(await withEvent(sql).where('deliveries.id', '=', id).executeTakeFirstOrThrow());
}

/** By subscription: what is still to be sent. */
export async function countWaiting(sql: Queries): Promise<ReadonlyMap<string, number>> {
  const rows = await sql
    .selectFrom('deliveries')
    .select(['subscription_id', raw<number>`count(*)`.as('count')])
    .where('state', '=', 'waiting')
    .groupBy('subscription_id')
    .execute();
  return new Map(rows.map(({ subscription_id, count }) => [subscription_id, count]));
}

function withEvent(sql: Queries) {
  return sql
    .selectFrom('deliveries')
    .innerJoin('events', 'events.id', 'deliveries.event_id')
    .selectAll('deliveries')
    .select(['events.kind', 'events.at as event_at', 'events.data']);
}

type Row = EventTables['deliveries'];

async function claimedOf(sql: Queries, rows: readonly Row[]): Promise<ClaimedDelivery[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const found = await withEvent(sql).where('deliveries.id', 'in', ids).orderBy('created_at').execute();
  return found.map(({ id, attempts, created_at, kind, event_at, data }) => ({
    id,
    attempts,
    createdAtMs: created_at,
    // Safe: recordEvent wrote the data.
    message: { type: kind, timestamp: isoTime(event_at), data: JSON.parse(data) as EventMessage['data'] },
  }));
}

function asDelivery(row: Row & { readonly kind: EventMessage['type']; readonly event_at: number }): Delivery {
  return {
    id: row.id,
    event: row.kind,
    eventAt: isoTime(row.event_at),
    state: row.state,
    attempts: row.attempts,
    lastAttemptAt: isoTimeOrNull(row.last_attempt_at),
    nextAttemptAt: row.state === 'waiting' ? isoTime(row.next_attempt_at) : null,
    error: row.error === null ? null : ErrorBody.parse(JSON.parse(row.error)),
  };
}
