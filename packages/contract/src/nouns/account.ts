/** People: accounts, sign-in, API tokens. Roles and OIDC find their place here. */
import { z } from 'zod';
import { Id, Name, Timestamp } from './common.ts';

export const Password = z.string().min(12, 'has fewer than 12 characters').max(200);
export const AccountName = z.string().regex(/^[a-z][a-z0-9._-]{0,63}$/, 'is not an account name');
export const Login = z.strictObject({ name: AccountName, password: z.string().max(200) });
export const LoginAnswer = z.strictObject({
  token: z.string(),
  expiresAt: Timestamp,
  /** The first sign-in uses the one-time password: nothing else works until it is changed. */
  mustChangePassword: z.boolean(),
});
export const ChangePassword = z.strictObject({ current: z.string().max(200), next: Password });
export const Token = z.strictObject({
  id: Id,
  name: Name,
  createdAt: Timestamp,
  expiresAt: Timestamp.nullable(),
  lastUsedAt: Timestamp.nullable(),
});
export type Token = z.output<typeof Token>;
export const CreateToken = z.strictObject({ name: Name, expiresInDays: z.number().int().min(1).max(3650).nullable().default(365) });
/** The token itself is shown once. */
export const CreatedToken = Token.extend({ token: z.string() });
export const WhoAmI = z.strictObject({ name: AccountName, mustChangePassword: z.boolean() });
