/**
 * Who a computer is for: user device affinity (feature map §1.16). It is what people, lists and task sequences say; nothing proves that there is
 * such a user, or that it is this one who sits there.
 */
import { z } from 'zod';
import { Id, Name, PageQuery, Timestamp } from './common.ts';

/** `DOMAIN\name`, `name@example.org` or a name alone. Case is kept and does not matter. */
export const UserName = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{N}_][^\p{Cc},;|]{0,255}$/u, 'is not a user’s name: it begins with a letter or digit and has no , ; |');

/** So many are taken at once, of an import or of a run. */
export const namedUsersAtMost = 100;

/** pending: it waits for an administrator, and counts for nothing until then. */
export const DeviceUserState = z.enum(['pending', 'confirmed']);
export type DeviceUserState = z.output<typeof DeviceUserState>;
export const DeviceUserSource = z.enum(['administrator', 'import', 'task-sequence']);
export type DeviceUserSource = z.output<typeof DeviceUserSource>;

export const DeviceUser = z.strictObject({
  deviceId: Id,
  deviceName: Name,
  user: z.string(),
  state: DeviceUserState,
  source: DeviceUserSource,
  /** Who named it: an account, or a task sequence by its name. */
  namedBy: z.string(),
  namedAt: Timestamp,
  /** The run that named it; null where a person did. */
  runId: Id.nullable(),
  /** Who confirmed it after it had waited, and when; null where it still waits, or never had to. */
  approvedBy: z.string().nullable(),
  approvedAt: Timestamp.nullable(),
});
export type DeviceUser = z.output<typeof DeviceUser>;

/** Which of all computers' users, by user, and which page of them. */
export const DeviceUserQuery = PageQuery.extend({
  state: DeviceUserState.optional(),
  /** Exactly this user, without regard to case. */
  user: UserName.optional(),
});
export type DeviceUserQuery = z.output<typeof DeviceUserQuery>;
export const NameDeviceUser = z.strictObject({ user: UserName });
export const DeviceUserParams = z.strictObject({ id: Id, user: UserName });

/**
 * What becomes of the users that a run names for its computer: they are ignored; they wait for an administrator; those of a run that says `Auto`
 * are confirmed at once, and those of one that says `Pending` wait.
 */
export const UserAffinity = z.enum(['ignore', 'approval', 'automatic']);
export type UserAffinity = z.output<typeof UserAffinity>;
