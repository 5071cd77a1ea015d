/** Handlers of the webhook routes. */
import type { Database } from '../database/database.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { Channel } from '../events/dispatcher.ts';
import { claimTest, getDelivery, listDeliveries, recordAttempt, recordHealth, redeliver } from '../events/outbox.ts';
import type { HandlersOf } from '../http/handlers.ts';
import type { ReachableAddresses } from './reachable-addresses.ts';
import { newSecret } from './sign.ts';
import { createWebhook, deleteWebhook, getWebhook, listWebhooks, rotateSecret, updateWebhook } from './store.ts';

export interface WebhookDependencies {
  readonly database: Database;
  readonly seal: SecretSeal;
  readonly addresses: Pick<ReachableAddresses, 'requireReachable'>;
  readonly channel: Channel;
  readonly now: () => number;
}

export function webhookHandlers({ database: { sql }, seal, addresses, channel, now }: WebhookDependencies): HandlersOf<'webhooks'> {
  return {
    'webhooks.list': async () => ({ items: await listWebhooks(sql) }),
    'webhooks.get': ({ params }) => getWebhook(sql, params.id),
    'webhooks.create': ({ body }) => {
      addresses.requireReachable(body.url);
      return sql.transaction().execute((transaction) => createWebhook(transaction, body, { seal, nowMs: now() }));
    },
    'webhooks.update': ({ params, body }) => {
      if (body.url !== undefined) addresses.requireReachable(body.url);
      return sql.transaction().execute((transaction) => updateWebhook(transaction, params.id, body));
    },
    'webhooks.rotateSecret': async ({ params: { id }, body: { secret = newSecret() } }) => {
      const previousUntil = await sql.transaction().execute((transaction) => rotateSecret(transaction, id, { secret, seal, nowMs: now() }));
      return { id, secret, previousUntil };
    },
    'webhooks.delete': async ({ params }) => {
      await deleteWebhook(sql, params.id);
      return { ok: true };
    },
    'webhooks.test': async ({ params: { id } }, { signal, log }) => {
      const { name } = await getWebhook(sql, id);
      const claimed = await claimTest(sql, id, { webhook: { id, name } }, now());
      const [error] = await channel.send(id, claimed, signal);
      for (const delivery of claimed) await recordAttempt(sql, delivery, { error, again: false, nowMs: now() });
      if (error === null) await recordHealth(sql, id, true, now());
      log.info({ webhookId: id, webhookName: name, arrived: error === null }, 'webhook tested');
      return getDelivery(sql, claimed[0]?.id ?? '');
    },
    'webhooks.deliveries': async ({ params, query }) => {
      await getWebhook(sql, params.id);
      return { items: await listDeliveries(sql, params.id, query) };
    },
    'webhooks.redeliver': ({ params }) => redeliver(sql, 'webhook', params.id, now()),
  };
}
