/** E-mail: the server that the site sends through, and the rules that say who is told of which events. */
import { z } from 'zod';
import { Id, Name, Timestamp } from './common.ts';
import { subscriptionFields } from './event.ts';

/** tls: from the first byte; starttls: before anything else is said, or not at all; none: in clear, and then without an account. */
export const MailSecurity = z.enum(['tls', 'starttls', 'none']);
export type MailSecurity = z.output<typeof MailSecurity>;
export const MailAddress = z.email().max(254);

const server = {
  host: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/, 'is not a host name or an address')
    .max(253),
  port: z.number().int().min(1).max(65_535),
  security: MailSecurity,
  /** null: the server takes mail from this site without one. */
  account: z.string().min(1).max(254).nullable(),
  /** Whom messages are from. */
  sender: MailAddress,
} as const;

/** What the site sends mail through; the password never comes back. */
export const MailServer = z.strictObject({ ...server, passwordSet: z.boolean() });
export type MailServer = z.output<typeof MailServer>;
export const MailServerAnswer = z.strictObject({
  /** null: the site sends no mail. */
  server: MailServer.nullable(),
});
export const SetMailServer = z
  .strictObject({
    ...server,
    port: server.port.default(587),
    security: MailSecurity.default('starttls'),
    account: server.account.default(null),
    /** Left out: the one that is there stays, where host, port and account stay too. */
    password: z.string().min(1).max(500).optional(),
  })
  .refine(({ account, password }) => account !== null || password === undefined, 'a password belongs to an account')
  .refine(({ account, security }) => account === null || security !== 'none', 'an account needs tls or starttls');
export type SetMailServer = z.output<typeof SetMailServer>;

export const TestMail = z.strictObject({ to: MailAddress });
/** What the mail server said when it took the message. */
export const SentTestMail = z.strictObject({ to: MailAddress, response: z.string() });

const rule = {
  name: Name,
  recipients: z.array(MailAddress).min(1).max(50),
  /** What happens within this long of the first event comes in one message; 0: each at once. */
  gatherMinutes: z.number().int().min(0).max(1440),
  ...subscriptionFields,
} as const;

/** Who is told by e-mail of which events. */
export const NotificationRule = z.strictObject({
  id: Id,
  ...rule,
  /** Since when no message could be sent; null: the last one could. */
  failingSince: Timestamp.nullable(),
  /** Events that are still to be told. */
  waiting: z.number().int().nonnegative(),
  createdAt: Timestamp,
});
export type NotificationRule = z.output<typeof NotificationRule>;
export const CreateNotificationRule = z.strictObject({
  ...rule,
  gatherMinutes: rule.gatherMinutes.default(5),
  events: rule.events.default(null),
  collectionIds: rule.collectionIds.default(null),
  enabled: rule.enabled.default(true),
});
export type CreateNotificationRule = z.output<typeof CreateNotificationRule>;
export const UpdateNotificationRule = z.strictObject(rule).partial();
export type UpdateNotificationRule = z.output<typeof UpdateNotificationRule>;
