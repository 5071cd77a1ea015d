/** Webhooks in the database: a subscription with an address and a sealed secret. */
import { OstlerError, type CreateWebhook, type UpdateWebhook, type Webhook } from '@ostler/contract';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import type { SealOwner } from '../sealing/sealed-columns.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { Queries } from '../devices/store.ts';
import { countWaiting } from '../events/outbox.ts';
import { deleteSubscription, fieldsOf, insertSubscription, updateSubscription } from '../events/subscription-store.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { newSecret } from './sign.ts';

const channel = 'webhook';
/** A receiver has this long to learn the new secret. */
const previousForMs = 24 * 60 * 60_000;

/** Where a webhook's deliveries go, and what they are signed with. */
export interface WebhookTarget {
  readonly url: string;
  readonly secrets: readonly string[];
}

export async function listWebhooks(sql: Queries): Promise<Webhook[]> {
  const waiting = await countWaiting(sql);
  return (await named(sql).orderBy('name').execute()).map((row) => asWebhook(row, waiting.get(row.id) ?? 0));
}

/** @throws OstlerError NOT_FOUND */
export async function getWebhook(sql: Queries, id: string): Promise<Webhook> {
  const waiting = await countWaiting(sql);
  return asWebhook(await getRow(sql, id), waiting.get(id) ?? 0);
}

/** Call it inside a transaction. @throws OstlerError ALREADY_EXISTS, NOT_FOUND for a collection that is not there */
export async function createWebhook(
  sql: Queries,
  { url, secret = newSecret(), ...fields }: CreateWebhook,
  { seal, nowMs }: { readonly seal: SecretSeal; readonly nowMs: number },
): Promise<Webhook & { readonly secret: string }> {
  const id = newId(channel);
  await insertSubscription(sql, fields, { id, channel, delayMs: 0, nowMs });
  const sealed = await seal.seal(sql, secret, ownerOf(id));
  const row = { subscription_id: id, url, secret: sealed, previous_secret: null, previous_until: null };
  await sql.insertInto('webhooks').values(row).execute();
  return { ...(await getWebhook(sql, id)), secret };
}

/** Call it inside a transaction. @throws OstlerError ALREADY_EXISTS, NOT_FOUND */
export async function updateWebhook(sql: Queries, id: string, change: UpdateWebhook): Promise<Webhook> {
  const row = await getRow(sql, id);
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const { url, ...fields } = { url: row.url, ...fieldsOf(row), ...given };
  await updateSubscription(sql, row, fields, 0);
  await sql.updateTable('webhooks').set({ url }).where('subscription_id', '=', id).execute();
  return getWebhook(sql, id);
}

/** @throws OstlerError NOT_FOUND */
export async function deleteWebhook(sql: Queries, id: string): Promise<void> {
  await getRow(sql, id);
  await deleteSubscription(sql, id);
}

/** The one before signs too, for a day. Call it inside a transaction. @returns until when. @throws OstlerError NOT_FOUND */
export async function rotateSecret(
  sql: Queries,
  id: string,
  { secret, seal, nowMs }: { readonly secret: string; readonly seal: SecretSeal; readonly nowMs: number },
): Promise<string> {
  // Before the one before is read: until the end nobody drops the key that it is sealed with.
  const sealed = await seal.seal(sql, secret, ownerOf(id));
  const { secret: previous } = await getRow(sql, id);
  const until = nowMs + previousForMs;
  await sql
    .updateTable('webhooks')
    .set({ secret: sealed, previous_secret: previous, previous_until: until })
    .where('subscription_id', '=', id)
    .execute();
  return isoTime(until);
}

/** @throws OstlerError NOT_FOUND, SECRET_SEAL_BROKEN */
export async function targetOf(sql: Queries, id: string, seal: SecretSeal, nowMs: number): Promise<WebhookTarget> {
  const { url, secret, previous_secret, previous_until } = await getRow(sql, id);
  const previous = previous_secret !== null && (previous_until ?? 0) > nowMs ? [previous_secret] : [];
  return { url, secrets: await Promise.all([secret, ...previous].map((sealed) => seal.open(sql, sealed, ownerOf(id)))) };
}

function named(sql: Queries) {
  return sql.selectFrom('subscriptions').innerJoin('webhooks', 'webhooks.subscription_id', 'subscriptions.id').selectAll();
}

type Row = Tables['subscriptions'] & Tables['webhooks'];

async function getRow(sql: Queries, id: string): Promise<Row> {
  const row = await named(sql).where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: channel, id });
  return row;
}

function asWebhook(row: Row, waiting: number): Webhook {
  return {
    id: row.id,
    url: row.url,
    ...fieldsOf(row),
    failingSince: isoTimeOrNull(row.failing_since),
    waiting,
    createdAt: isoTime(row.created_at),
  };
}

/** What the sealed text is bound to. */
function ownerOf(id: string): SealOwner {
  return `webhook/${id}`;
}
