/** Routes of identity providers, and of signing in with one. */
import { OstlerError, permissions, streamRoutes } from '@ostler/contract';
import { rightsOfCaller } from '../access/caller.ts';
import { requireNoMore } from '../access/handlers.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { asLoginAnswer } from '../accounts/handlers.ts';
import type { Database } from '../database/database.ts';
import type { Caller, HandlersOf, StreamRoutes } from '../http/handlers.ts';
import { isoTime } from '../iso-time.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import { findReturn, keepSignIn, takeSignIn } from './begun-sign-ins.ts';
import { beginAt, completeAt } from './openid.ts';
import { accountOf } from './provider-account.ts';
import { createRequestLimit } from './request-limit.ts';
import { createProvider, deleteProvider, findProvider, getProvider, listProviders, updateProvider } from './store.ts';

export interface IdentityProviderDependencies {
  readonly database: Database;
  readonly accounts: Pick<Accounts, 'beginSession' | 'makeOneTimePassword'>;
  readonly seal: SecretSeal;
  readonly now: () => number;
  readonly serverUrl: () => string;
}

const signInMs = 10 * 60 * 1000;
/** Each begun sign-in asks the provider something. */
const begins = { what: 'provider-sign-in', maxRequests: 30, windowMs: 5 * 60 * 1000 };

export function identityProviderHandlers(dependencies: IdentityProviderDependencies): HandlersOf<'identityProviders'> {
  const { sql } = dependencies.database;
  const sources = sourcesOf(dependencies);
  return {
    'identityProviders.list': async () => ({ items: await listProviders(sql, sources) }),
    'identityProviders.get': ({ params: { id } }) => getProvider(sql, id, sources),
    'identityProviders.create': async ({ body }, { caller }) => {
      requireEverything(caller);
      return sql.transaction().execute((transaction) => createProvider(transaction, body, sources, dependencies.now()));
    },
    'identityProviders.update': async ({ params: { id }, body }, { caller }) => {
      requireEverything(caller);
      return sql.transaction().execute((transaction) => updateProvider(transaction, id, body, sources));
    },
    'identityProviders.delete': async ({ params: { id } }) => {
      await deleteProvider(sql, id);
      return { ok: true };
    },
  };
}

export function providerSignInHandlers(dependencies: IdentityProviderDependencies): HandlersOf<'providerSignIn'> {
  const { database, accounts, seal, now } = dependencies;
  const { sql } = database;
  const sources = sourcesOf(dependencies);
  const countBegin = createRequestLimit({ ...begins, sql, now });
  return {
    'providerSignIn.list': async () => ({ items: (await listProviders(sql, sources)).map(({ name }) => ({ name })) }),
    'providerSignIn.begin': async ({ params: { name }, body }, { remoteAddress, signal }) => {
      await countBegin(remoteAddress);
      const provider = await findProvider(sql, { name }, seal);
      const { address, state, checks } = await beginAt(provider, sources, signal);
      const expiresAtMs = now() + signInMs;
      await keepSignIn(sql, { ...body, state, checks, providerId: provider.id, expiresAtMs }, seal, now());
      return { address, state, expiresAt: isoTime(expiresAtMs) };
    },
    'providerSignIn.complete': async ({ body: { state, proof, returnedToken } }, { remoteAddress, signal }) => {
      const { providerId, checks } = await takeSignIn(sql, { state, proof }, seal, now());
      const provider = await findProvider(sql, { id: providerId }, seal);
      const person = await completeAt(provider, { state, returned: returnedToken, checks }, sources, signal);
      const makeHash = async () => (await accounts.makeOneTimePassword()).hash;
      const account = await accountOf(sql, provider, person, { makeHash, nowMs: now() });
      return asLoginAnswer(await accounts.beginSession(account, remoteAddress));
    },
  };
}

/** What the provider said is passed on unread: the program gives it to `providerSignIn.complete`, which verifies it. */
export function providerSignInStreams({ database: { sql }, now }: IdentityProviderDependencies): StreamRoutes {
  return (server) => {
    server.get<{ Querystring: { state?: unknown } }>(streamRoutes['providerSignIn.return'].path, async (request, reply) => {
      const { state } = request.query;
      if (typeof state !== 'string') throw new OstlerError('PROVIDER_SIGN_IN_ENDED', {});
      const returnTo = await findReturn(sql, state, now());
      return reply.redirect(`${returnTo}?${request.url.split('?')[1] ?? ''}`);
    });
  };
}

function sourcesOf({ seal, now, serverUrl }: IdentityProviderDependencies) {
  return { seal, now, redirectUri: () => `${serverUrl()}${streamRoutes['providerSignIn.return'].path}` };
}

/** A provider says who somebody is, whatever rights they have. @throws OstlerError RIGHTS_EXCEED_OWN */
function requireEverything(caller: Caller): void {
  requireNoMore(rightsOfCaller(caller), permissions);
}
