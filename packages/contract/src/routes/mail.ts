/** The mail server, and who is told by e-mail of what happens. */
import { ById, Done, listOf } from '../nouns/common.ts';
import { Delivery, DeliveryQuery } from '../nouns/event.ts';
import * as mail from '../nouns/mail.ts';
import type { RouteDefinition } from './define.ts';

const tag = 'notifications';
export const mailRoutes = {
  'mailServer.get': {
    method: 'GET',
    path: '/api/v1/site/mail-server',
    access: { permission: 'site.read' },
    tag,
    summary: 'The mail server that the site sends through',
    answer: mail.MailServerAnswer,
  },
  'mailServer.set': {
    method: 'PUT',
    path: '/api/v1/site/mail-server',
    access: { permission: 'site.modify' },
    tag,
    summary: 'Send mail through this server',
    body: mail.SetMailServer,
    answer: mail.MailServerAnswer,
  },
  'mailServer.remove': {
    method: 'DELETE',
    path: '/api/v1/site/mail-server',
    access: { permission: 'site.modify' },
    tag,
    summary: 'Send no mail any more, and forget the password',
    answer: Done,
  },
  'mailServer.test': {
    method: 'POST',
    path: '/api/v1/site/mail-server/test',
    access: { permission: 'site.modify' },
    tag,
    summary: 'Send a test message now, and say how that went',
    body: mail.TestMail,
    answer: mail.SentTestMail,
  },
  'notifications.list': {
    method: 'GET',
    path: '/api/v1/notifications',
    access: { permission: 'notifications.read' },
    tag,
    summary: 'Rules that say who is told by e-mail of which events',
    answer: listOf(mail.NotificationRule),
  },
  'notifications.get': {
    method: 'GET',
    path: '/api/v1/notifications/:id',
    access: { permission: 'notifications.read' },
    tag,
    summary: 'One rule',
    params: ById,
    answer: mail.NotificationRule,
  },
  'notifications.create': {
    method: 'POST',
    path: '/api/v1/notifications',
    access: { permission: 'notifications.create' },
    tag,
    summary: 'Tell people by e-mail of events',
    body: mail.CreateNotificationRule,
    answer: mail.NotificationRule,
  },
  'notifications.update': {
    method: 'PATCH',
    path: '/api/v1/notifications/:id',
    access: { permission: 'notifications.modify' },
    tag,
    summary: 'Change a rule',
    params: ById,
    body: mail.UpdateNotificationRule,
    answer: mail.NotificationRule,
  },
  'notifications.delete': {
    method: 'DELETE',
    path: '/api/v1/notifications/:id',
    access: { permission: 'notifications.delete' },
    tag,
    summary: 'Delete a rule, with what was not told yet',
    params: ById,
    answer: Done,
  },
  'notifications.deliveries': {
    method: 'GET',
    path: '/api/v1/notifications/:id/deliveries',
    access: { permission: 'notifications.read' },
    tag,
    summary: 'What was told or waits, newest first',
    params: ById,
    query: DeliveryQuery,
    answer: listOf(Delivery),
  },
} as const satisfies Record<string, RouteDefinition>;
