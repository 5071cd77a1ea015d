/** Tells webhooks: each delivery is a signed request of its own. In which order they arrive is not promised. */
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { Queries } from '../devices/store.ts';
import type { Channel } from '../events/dispatcher.ts';
import type { Post } from './post.ts';
import { signatureHeaders } from './sign.ts';
import { targetOf } from './store.ts';

export interface WebhookChannelOptions {
  readonly sql: Queries;
  readonly seal: SecretSeal;
  readonly post: Post;
  readonly now: () => number;
}

export function createWebhookChannel({ sql, seal, post, now }: WebhookChannelOptions): Channel {
  return {
    name: 'webhook',
    atOnce: 10,
    gathers: false,
    send: async (subscriptionId, deliveries, signal) => {
      const { url, secrets } = await targetOf(sql, subscriptionId, seal, now());
      const sent = await Promise.allSettled(
        deliveries.map(async ({ id, message }) => {
          const body = JSON.stringify(message);
          await post({ url, headers: signatureHeaders({ id, atMs: now(), body }, secrets), body }, signal);
        }),
      );
      return sent.map((each) => (each.status === 'fulfilled' ? null : (each.reason as unknown)));
    },
  };
}
