/** Webhooks, and what was sent to them. */
import { ById, Done, listOf } from '../nouns/common.ts';
import { Delivery, DeliveryQuery } from '../nouns/event.ts';
import * as webhook from '../nouns/webhook.ts';
import type { RouteDefinition } from './define.ts';

const tag = 'webhooks';
export const webhookRoutes = {
  'webhooks.list': {
    method: 'GET',
    path: '/api/v1/webhooks',
    access: { permission: 'webhooks.read' },
    tag,
    summary: 'Webhooks',
    answer: listOf(webhook.Webhook),
  },
  'webhooks.get': {
    method: 'GET',
    path: '/api/v1/webhooks/:id',
    access: { permission: 'webhooks.read' },
    tag,
    summary: 'One webhook',
    params: ById,
    answer: webhook.Webhook,
  },
  'webhooks.create': {
    method: 'POST',
    path: '/api/v1/webhooks',
    access: { permission: 'webhooks.create' },
    tag,
    summary: 'Tell another program of events; the secret that they are signed with is shown once',
    body: webhook.CreateWebhook,
    answer: webhook.CreatedWebhook,
  },
  'webhooks.update': {
    method: 'PATCH',
    path: '/api/v1/webhooks/:id',
    access: { permission: 'webhooks.modify' },
    tag,
    summary: 'Change a webhook; what waits goes to its new address',
    params: ById,
    body: webhook.UpdateWebhook,
    answer: webhook.Webhook,
  },
  'webhooks.rotateSecret': {
    method: 'POST',
    path: '/api/v1/webhooks/:id/rotate-secret',
    access: { permission: 'webhooks.modify' },
    tag,
    summary: 'Sign with a new secret, which is shown once; for a day with the old one too',
    params: ById,
    body: webhook.RotateWebhookSecret,
    answer: webhook.RotatedWebhookSecret,
  },
  'webhooks.delete': {
    method: 'DELETE',
    path: '/api/v1/webhooks/:id',
    access: { permission: 'webhooks.delete' },
    tag,
    summary: 'Delete a webhook, with what was not sent yet',
    params: ById,
    answer: Done,
  },
  'webhooks.test': {
    method: 'POST',
    path: '/api/v1/webhooks/:id/test',
    access: { permission: 'webhooks.modify' },
    tag,
    summary: 'Send it a test once, now, and say how that went',
    params: ById,
    answer: Delivery,
  },
  'webhooks.deliveries': {
    method: 'GET',
    path: '/api/v1/webhooks/:id/deliveries',
    access: { permission: 'webhooks.read' },
    tag,
    summary: 'What was sent to it or waits, newest first',
    params: ById,
    query: DeliveryQuery,
    answer: listOf(Delivery),
  },
  'webhooks.redeliver': {
    method: 'POST',
    path: '/api/v1/webhooks/deliveries/:id/redeliver',
    access: { permission: 'webhooks.modify' },
    tag,
    summary: 'Send a delivery once more that has arrived or was given up, under the same id',
    params: ById,
    answer: Delivery,
  },
} as const satisfies Record<string, RouteDefinition>;
