/** Identity providers: where people sign in with OpenID Connect instead of a password of the site. */
import { z } from 'zod';
import { Assignment } from './access.ts';
import { Id, Timestamp } from './common.ts';

/** Plain HTTP never leaves the computer. */
const Issuer = z.url().regex(/^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$))/, 'is not an https:// address');
const Claim = z.string().regex(/^[A-Za-z_][\w:/.-]{0,199}$/, 'is not the name of a claim');

/** What people of a group get. */
export const GroupRule = z.strictObject({ group: z.string().min(1).max(200), assignments: z.array(Assignment).min(1).max(100) });
export type GroupRule = z.output<typeof GroupRule>;

const settings = {
  /** What `ostler login --provider` is given. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'is not a provider’s name: lower case letters, digits and dashes'),
  /** The provider describes itself under it, at `/.well-known/openid-configuration`. */
  issuer: Issuer,
  /** What the provider knows this site as. */
  clientId: z.string().min(1).max(200),
  /** Asked for beside `openid`. */
  scopes: z.array(z.string().regex(/^[!#-[\]-~]{1,100}$/, 'is not a scope')).max(20),
  /** The claim that names the account. */
  accountNameFrom: Claim,
  /** The claim that lists the groups. */
  groupsFrom: Claim,
  /** Whether somebody who signs in for the first time gets an account. */
  makesAccounts: z.boolean(),
  /** With any of them, an account has at each sign-in the roles of its groups, and whoever is in none is refused. */
  groupRules: z.array(GroupRule).max(200),
};
const ClientSecret = z.string().min(1).max(1000);

export const IdentityProvider = z.strictObject({
  id: Id,
  ...settings,
  /** It is never sent back. */
  clientSecretSet: z.boolean(),
  /** The redirect address of this site, which the provider has to be told. */
  redirectUri: z.string(),
  createdAt: Timestamp,
});
export type IdentityProvider = z.output<typeof IdentityProvider>;

export const CreateIdentityProvider = z.strictObject({
  ...settings,
  clientSecret: ClientSecret.nullable().default(null),
  scopes: settings.scopes.default(['profile']),
  accountNameFrom: Claim.default('preferred_username'),
  groupsFrom: Claim.default('groups'),
  makesAccounts: z.boolean().default(false),
  groupRules: settings.groupRules.default([]),
});
export type CreateIdentityProvider = z.output<typeof CreateIdentityProvider>;
export const UpdateIdentityProvider = z.strictObject(settings).partial().extend({ clientSecret: ClientSecret.nullable().optional() });
export type UpdateIdentityProvider = z.output<typeof UpdateIdentityProvider>;

/** For whoever is about to sign in. */
export const ProviderName = z.strictObject({ name: z.string() });

/** A SHA-256, or 32 random bytes. */
const Base64Url32 = z.string().regex(/^[\w-]{43}$/, 'is not 32 bytes in Base64url');

/** RFC 8252: the program that signs in waits on a port of its own computer for the browser to come back. */
export const BeginProviderSignIn = z.strictObject({
  returnTo: z.string().regex(/^http:\/\/(127\.0\.0\.1|\[::1\]):\d{1,5}\/$/, 'is not http://127.0.0.1:PORT/'),
  /** SHA-256 of a secret that only this program has, and shows at the end (RFC 7636). */
  challenge: Base64Url32,
});
export const BegunProviderSignIn = z.strictObject({
  /** To be opened in a browser. */
  address: z.string(),
  /** The browser brings it back. */
  state: Base64Url32,
  expiresAt: Timestamp,
});
export const CompleteProviderSignIn = z.strictObject({
  state: Base64Url32,
  /** The secret of the challenge. */
  proof: z.string().min(43).max(128),
  /** All that the browser brought back from the provider: the query, without its `?`. */
  returnedToken: z.string().max(8000),
});
export type CompleteProviderSignIn = z.output<typeof CompleteProviderSignIn>;
