/** Routes of the own account and its API tokens. */
import { OstlerError } from '@ostler/contract';
import type { Caller, Handlers, HandlersOf } from '../http/handlers.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import type { TokenRow } from './account-store.ts';
import type { Accounts } from './accounts.ts';

type OwnCalls = 'accounts.login' | 'accounts.logout' | 'accounts.whoAmI' | 'accounts.changePassword';

export function accountHandlers(accounts: Accounts): HandlersOf<'tokens'> & Pick<Handlers, OwnCalls> {
  return {
    'accounts.login': async ({ body }, { remoteAddress }) => {
      const { expiresAt, ...rest } = await accounts.signIn(body.name, body.password, remoteAddress);
      return { ...rest, expiresAt: isoTime(expiresAt) };
    },
    'accounts.logout': async (_request, { caller }) => {
      const { credential } = asPerson(caller);
      if (credential.kind === 'session') await accounts.signOut(credential.id);
      return { ok: true };
    },
    'accounts.whoAmI': async (_request, { caller }) => {
      const { name, mustChangePassword } = asPerson(caller);
      return { name, mustChangePassword };
    },
    'accounts.changePassword': async ({ body }, { caller }) => {
      const { accountId, credential } = asPerson(caller);
      await accounts.changePassword(accountId, body.current, body.next, credential.kind === 'session' ? credential.id : null);
      return { ok: true };
    },
    'tokens.list': async (_request, { caller }) => {
      const rows = await accounts.listTokens(asPerson(caller).accountId);
      return { items: rows.map(asToken) };
    },
    'tokens.create': async ({ body }, { caller }) => {
      const { row, token } = await accounts.createToken(asPerson(caller).accountId, body.name, body.expiresInDays);
      return { ...asToken(row), token };
    },
    'tokens.delete': async ({ params }, { caller }) => {
      await accounts.deleteToken(asPerson(caller).accountId, params.id);
      return { ok: true };
    },
  };
}

function asPerson(caller: Caller) {
  if (caller.kind !== 'person') throw new OstlerError('FORBIDDEN', {});
  return caller;
}

function asToken({ id, name, created_at, expires_at, last_used_at }: TokenRow) {
  return {
    id,
    name,
    createdAt: isoTime(created_at),
    expiresAt: isoTimeOrNull(expires_at),
    lastUsedAt: isoTimeOrNull(last_used_at),
  };
}
