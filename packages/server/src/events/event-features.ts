/** Events and who is told of them, put together: the outbox's dispatcher, what it looks for by itself, and the end of old deliveries. */
import { trustedAuthorities } from '../certificates/trusted-authorities.ts';
import { noteLostPoints } from '../distribution-points/note-lost.ts';
import { silentAfterMs } from '../distribution-points/point-store.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { mailHandlers } from '../mail/handlers.ts';
import { createMailChannel } from '../mail/mail-channel.ts';
import { createSendMail } from '../mail/send-mail.ts';
import { repeat } from '../repeat.ts';
import type { Site } from '../site/site.ts';
import { webhookHandlers } from '../webhooks/handlers.ts';
import { createPost } from '../webhooks/post.ts';
import { createReachableAddresses } from '../webhooks/reachable-addresses.ts';
import { createWebhookChannel } from '../webhooks/webhook-channel.ts';
import { Dispatcher } from './dispatcher.ts';
import { deleteEndedBefore } from './outbox.ts';

export interface EventFeatures {
  readonly handlers: HandlersOf<'webhooks' | 'mailServer' | 'notifications'>;
  /** Sends what happens, until the server stops. */
  start(): void;
  /** Settles when that has ended; `stopping` has been aborted before. */
  stop(): Promise<void>;
}

export type EventSite = Pick<Site, 'config' | 'database' | 'log' | 'now' | 'seal' | 'settings' | 'stopping'>;

const dispatchEveryMs = 1000;
const lookForLostEveryMs = 15_000;
const tidyEveryMs = 60 * 60_000;
/** What was sent, or given up, can be looked up this long. */
const endedKeptMs = 14 * 24 * 60 * 60_000;

export function createEventFeatures(site: EventSite): EventFeatures {
  const { config, database, log, now, seal, settings, stopping } = site;
  const { sql } = database;
  const addresses = createReachableAddresses(config.webhooks.allowedNetworks);
  const channel = createWebhookChannel({ sql, seal, post: createPost(addresses), now });
  const sendMail = createSendMail(trustedAuthorities);
  const channels = [channel, createMailChannel({ sql, seal, sendMail, settings })];
  const dispatcher = new Dispatcher({ sql, channels, now, log, stopping });
  let working: Promise<unknown> = Promise.resolve();
  return {
    handlers: {
      ...webhookHandlers({ database, seal, addresses, channel, now }),
      ...mailHandlers({ database, seal, sendMail, settings, now }),
    },
    start: () => {
      const startedAtMs = now();
      working = Promise.all([
        repeat('sending events', dispatchEveryMs, site, () => dispatcher.turn()),
        repeat('looking for lost distribution points', lookForLostEveryMs, site, async () => {
          // While this server was down, nobody could be heard of.
          if (now() - startedAtMs > silentAfterMs) await noteLostPoints(database, now(), log);
        }),
        repeat('deleting old deliveries', tidyEveryMs, site, async () => {
          const deleted = await deleteEndedBefore(sql, now() - endedKeptMs);
          if (deleted > 0) log.info({ deleted }, 'old deliveries deleted');
        }),
      ]);
    },
    stop: async () => {
      await working;
      await dispatcher.settled();
    },
  };
}
