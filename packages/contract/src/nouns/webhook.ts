/** Webhooks: addresses of other programs that are told of events, signed as Standard Webhooks has it (https://www.standardwebhooks.com). */
import { z } from 'zod';
import { Id, Name, Timestamp } from './common.ts';
import { subscriptionFields } from './event.ts';

const settings = {
  name: Name,
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .refine((url) => !/^https?:\/\/[^/?#]*@/i.test(url), 'must have no user name and password in it'),
  ...subscriptionFields,
} as const;

export const Webhook = z.strictObject({
  id: Id,
  ...settings,
  /** Since when every attempt has failed; null: the last one has not. */
  failingSince: Timestamp.nullable(),
  /** Deliveries that are still to be sent. */
  waiting: z.number().int().nonnegative(),
  createdAt: Timestamp,
});
export type Webhook = z.output<typeof Webhook>;

/** `whsec_` and 24 to 64 bytes in base64. */
export const WebhookSecret = z.string().regex(/^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, {
  error: 'must be whsec_ and 24 to 64 bytes in base64',
});

export const CreateWebhook = z.strictObject({
  ...settings,
  events: settings.events.default(null),
  collectionIds: settings.collectionIds.default(null),
  enabled: settings.enabled.default(true),
  /** Left out: the site makes one. */
  secret: WebhookSecret.optional(),
});
export type CreateWebhook = z.output<typeof CreateWebhook>;
export const UpdateWebhook = z.strictObject(settings).partial();
export type UpdateWebhook = z.output<typeof UpdateWebhook>;

/** The secret is shown once. */
export const CreatedWebhook = Webhook.extend({ secret: WebhookSecret });

/** Left out: the site makes one. */
export const RotateWebhookSecret = z.strictObject({ secret: WebhookSecret.optional() });
/** For a day, what is sent is signed with both. */
export const RotatedWebhookSecret = z.strictObject({ id: Id, secret: WebhookSecret, previousUntil: Timestamp });
