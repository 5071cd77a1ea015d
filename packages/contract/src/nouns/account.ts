/** People: sign-in, sessions, API tokens. */
import { z } from 'zod';
import { Id, Name, Timestamp } from './common.ts';
import { Permission } from './permission.ts';
import { SecondFactorCode } from './second-factor.ts';

export const Password = z.string().min(12, 'has fewer than 12 characters').max(200);
/** With `@` and `+`, because that is how identity providers name people. */
export const AccountName = z.string().regex(/^[a-z][a-z0-9.@+_-]{0,99}$/, 'is not an account name');
export const Login = z.strictObject({
  name: AccountName,
  password: z.string().max(200),
  /** Of an account that has a second factor. */
  code: SecondFactorCode.optional(),
});
export type Login = z.output<typeof Login>;
export const LoginAnswer = z.strictObject({
  name: AccountName,
  token: z.string(),
  expiresAt: Timestamp,
  /** The first sign-in uses the one-time password: nothing else works until it is changed. */
  mustChangePassword: z.boolean(),
  /** The site asks for a second factor: little else works until there is one. */
  mustSetSecondFactor: z.boolean(),
  /** Null for an account without a second factor. */
  recoveryCodesLeft: z.number().int().nonnegative().nullable(),
});
/** The session that asked goes on with this token and the old one ends; null where an API token asked. */
export const RenewedSession = z.strictObject({ sessionToken: z.string().nullable() });
export const ChangePassword = z.strictObject({ current: z.string().max(200), next: Password });
export const Token = z.strictObject({
  id: Id,
  name: Name,
  createdAt: Timestamp,
  expiresAt: Timestamp.nullable(),
  lastUsedAt: Timestamp.nullable(),
  /** The only ones of the account's permissions that it has. Null: all of them. */
  permissions: z.array(Permission).nullable(),
  /** The only collections, of those that a role of the account is limited to, or of all. Null: wherever the account has rights. */
  collectionIds: z.array(Id).nullable(),
});
export type Token = z.output<typeof Token>;
export const CreateToken = z.strictObject({
  name: Name,
  expiresInDays: z.number().int().min(1).max(3650).nullable().default(365),
  permissions: z.array(Permission).min(1).max(1000).nullable().default(null),
  collectionIds: z.array(Id).min(1).max(1000).nullable().default(null),
});
/** The token itself is shown once. */
export const CreatedToken = Token.extend({ token: z.string() });
export const WhoAmI = z.strictObject({ name: AccountName, mustChangePassword: z.boolean(), mustSetSecondFactor: z.boolean() });
/** Somebody who is signed in. */
export const Session = z.strictObject({
  id: Id,
  address: z.string(),
  createdAt: Timestamp,
  lastUsedAt: Timestamp,
  /** It ends then, and earlier when it is not used. */
  expiresAt: Timestamp,
  /** The one that asks. */
  current: z.boolean(),
});
export type Session = z.output<typeof Session>;
