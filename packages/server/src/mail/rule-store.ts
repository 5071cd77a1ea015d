/** Notification rules in the database: a subscription with recipients. */
import {
  MailAddress,
  OstlerError,
  type CreateNotificationRule,
  type NotificationRule,
  type UpdateNotificationRule,
} from '@ostler/contract';
import { z } from 'zod';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import type { Queries } from '../devices/store.ts';
import { countWaiting } from '../events/outbox.ts';
import { deleteSubscription, fieldsOf, insertSubscription, updateSubscription } from '../events/subscription-store.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';

const channel = 'notification';
const minuteMs = 60_000;
const Recipients = z.array(MailAddress);

export async function listRules(sql: Queries): Promise<NotificationRule[]> {
  const waiting = await countWaiting(sql);
  return (await named(sql).orderBy('name').execute()).map((row) => asRule(row, waiting.get(row.id) ?? 0));
}

/** @throws OstlerError NOT_FOUND */
export async function getRule(sql: Queries, id: string): Promise<NotificationRule> {
  const waiting = await countWaiting(sql);
  return asRule(await getRow(sql, id), waiting.get(id) ?? 0);
}

/** Call it inside a transaction. @throws OstlerError ALREADY_EXISTS, NOT_FOUND for a collection that is not there */
export async function createRule(
  sql: Queries,
  { recipients, gatherMinutes, ...fields }: CreateNotificationRule,
  nowMs: number,
): Promise<NotificationRule> {
  const id = newId(channel);
  await insertSubscription(sql, fields, { id, channel, delayMs: gatherMinutes * minuteMs, nowMs });
  await sql
    .insertInto('notification_rules')
    .values({ subscription_id: id, recipients: JSON.stringify(recipients) })
    .execute();
  return getRule(sql, id);
}

/** Call it inside a transaction. @throws OstlerError ALREADY_EXISTS, NOT_FOUND */
export async function updateRule(sql: Queries, id: string, change: UpdateNotificationRule): Promise<NotificationRule> {
  const row = await getRow(sql, id);
  const { recipients, gatherMinutes, ...before } = ownFieldsOf(row);
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const changed = { recipients, gatherMinutes, ...before, ...given };
  await updateSubscription(sql, row, changed, changed.gatherMinutes * minuteMs);
  await sql
    .updateTable('notification_rules')
    .set({ recipients: JSON.stringify(changed.recipients) })
    .where('subscription_id', '=', id)
    .execute();
  return getRule(sql, id);
}

/** @throws OstlerError NOT_FOUND */
export async function deleteRule(sql: Queries, id: string): Promise<void> {
  await getRow(sql, id);
  await deleteSubscription(sql, id);
}

function named(sql: Queries) {
  return sql
    .selectFrom('subscriptions')
    .innerJoin('notification_rules', 'notification_rules.subscription_id', 'subscriptions.id')
    .selectAll();
}

type Row = Tables['subscriptions'] & Tables['notification_rules'];

async function getRow(sql: Queries, id: string): Promise<Row> {
  const row = await named(sql).where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'notification rule', id });
  return row;
}

function ownFieldsOf(row: Row) {
  return { ...fieldsOf(row), recipients: Recipients.parse(JSON.parse(row.recipients)), gatherMinutes: row.delay_ms / minuteMs };
}

function asRule(row: Row, waiting: number): NotificationRule {
  return {
    id: row.id,
    ...ownFieldsOf(row),
    failingSince: isoTimeOrNull(row.failing_since),
    waiting,
    createdAt: isoTime(row.created_at),
  };
}
