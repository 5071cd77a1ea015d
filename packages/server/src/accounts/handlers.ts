/** Routes of the own account and its API tokens. */
import { OstlerError, type RouteAnswer, type Session } from '@ostler/contract';
import type { Caller, Handlers, HandlersOf } from '../http/handlers.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import type { SessionRow, TokenRow } from './account-store.ts';
import { limitsOf, type Accounts, type SignedIn } from './accounts.ts';

type OwnCalls = 'accounts.login' | 'accounts.logout' | 'accounts.whoAmI' | 'accounts.changePassword';

export function accountHandlers(accounts: Accounts): HandlersOf<'tokens' | 'sessions'> & Pick<Handlers, OwnCalls> {
  return {
    'accounts.login': async ({ body }, { remoteAddress }) => asLoginAnswer(await accounts.signIn(body, remoteAddress)),
    'accounts.logout': async (_request, { caller }) => {
      const { credential } = asPerson(caller);
      if (credential.kind === 'session') await accounts.signOut(credential.id);
      return { ok: true };
    },
    'accounts.whoAmI': async (_request, { caller }) => {
      const { name, mustChangePassword, mustSetSecondFactor } = asPerson(caller);
      return { name, mustChangePassword, mustSetSecondFactor };
    },
    'accounts.changePassword': async ({ body }, { caller }) => {
      const person = asWhole(caller);
      return { sessionToken: await accounts.changePassword(person.accountId, body.current, body.next, sessionOf(person)) };
    },
    'sessions.list': async (_request, { caller }) => {
      const { accountId, credential } = asPerson(caller);
      const sessions = await accounts.listSessions(accountId);
      return { items: sessions.map((row) => asSession(row, credential.id)) };
    },
    'sessions.end': async ({ params }, { caller }) => {
      await accounts.endSession(asWhole(caller).accountId, params.id);
      return { ok: true };
    },
    'tokens.list': async (_request, { caller }) => {
      const rows = await accounts.listTokens(asPerson(caller).accountId);
      return { items: rows.map(asToken) };
    },
    'tokens.create': async ({ body }, { caller }) => {
      const { row, token } = await accounts.createToken(asWhole(caller).accountId, body);
      return { ...asToken(row), token };
    },
    'tokens.delete': async ({ params }, { caller }) => {
      await accounts.deleteToken(asWhole(caller).accountId, params.id);
      return { ok: true };
    },
  };
}

export function asLoginAnswer({ expiresAt, ...rest }: SignedIn): RouteAnswer<'accounts.login'> {
  return { ...rest, expiresAt: isoTime(expiresAt) };
}

export function asPerson(caller: Caller) {
  if (caller.kind !== 'person') throw new OstlerError('FORBIDDEN', {});
  return caller;
}

/** A limited token gives itself no more than it has. @throws OstlerError TOKEN_LIMITED */
export function asWhole(caller: Caller) {
  const person = asPerson(caller);
  if (person.credential.kind === 'limited-token') throw new OstlerError('TOKEN_LIMITED', {});
  return person;
}

/** The session that asks, to be renewed; null where an API token asks. */
export function sessionOf({ credential }: ReturnType<typeof asPerson>): string | null {
  return credential.kind === 'session' ? credential.id : null;
}

export function asSession({ id, address, created_at, last_used_at, expires_at }: SessionRow, currentId: string): Session {
  const times = { createdAt: isoTime(created_at), lastUsedAt: isoTime(last_used_at), expiresAt: isoTime(expires_at) };
  return { id, address, ...times, current: id === currentId };
}

function asToken({ id, name, created_at, expires_at, last_used_at, ...limits }: TokenRow) {
  return {
    id,
    name,
    createdAt: isoTime(created_at),
    expiresAt: isoTimeOrNull(expires_at),
    lastUsedAt: isoTimeOrNull(last_used_at),
    ...limitsOf(limits),
  };
}
