/** People: the first administrator, signing in, sessions, API tokens. Roles and OIDC find their place here. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { OstlerError } from '@ostler/contract';
import type { Person } from '../http/access.ts';
import { replaceFile } from '../replace-file.ts';
import type { AccountStore, TokenRow } from './account-store.ts';
import { createAttemptLimit } from './attempt-limit.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';

export interface AccountsSources {
  readonly store: AccountStore;
  /** Where the first administrator's one-time password is put; the file goes when the password is changed. */
  readonly firstPasswordFile: string;
  readonly now: () => number;
}

export interface SignedIn {
  readonly token: string;
  readonly expiresAt: number;
  readonly mustChangePassword: boolean;
}

const sessionMs = 12 * 60 * 60 * 1000;
const windowMs = 5 * 60 * 1000;
const dayMs = 24 * 60 * 60 * 1000;
/** `lastUsedAt` of a token is written at most this often. */
const lastUsedEveryMs = 60_000;

export type Accounts = ReturnType<typeof createAccounts>;

export function createAccounts({ store, firstPasswordFile, now }: AccountsSources) {
  const byName = createAttemptLimit({ maxAttempts: 10, windowMs, now });
  const byAddress = createAttemptLimit({ maxAttempts: 30, windowMs, now });
  const oneAtATime = createTurns();
  // An unknown name costs as much time as a wrong password.
  const nobodysHash = hashPassword(randomBytes(16).toString('hex'));
  const verify = (password: string, stored: string) => oneAtATime(() => verifyPassword(password, stored));

  return {
    /** At first start only. @returns whether the account was made; its password is in the file. */
    createFirstAdministrator: async (): Promise<boolean> => {
      if ((await store.count()) > 0) return false;
      const password = readablePassword();
      await replaceFile(firstPasswordFile, `${password}\n`, 0o600);
      const row = { name: 'admin', role: 'administrator', must_change_password: 1, created_at: now() } as const;
      await store.insert({ ...row, password_hash: await hashPassword(password) });
      return true;
    },

    /** @throws OstlerError LOGIN_FAILED, TOO_MANY_ATTEMPTS */
    signIn: async (name: string, password: string, remoteAddress: string): Promise<SignedIn> => {
      byAddress.count(remoteAddress);
      byName.count(name);
      const account = await store.findByName(name);
      const matches = await verify(password, account?.password_hash ?? (await nobodysHash));
      if (account === undefined || !matches) throw new OstlerError('LOGIN_FAILED', {});
      byName.forget(name);
      byAddress.forget(remoteAddress);
      const token = randomBytes(32).toString('base64url');
      const expiresAt = now() + sessionMs;
      await store.insertSession(account.id, token, now(), expiresAt);
      return { token, expiresAt, mustChangePassword: account.must_change_password === 1 };
    },

    signOut: (sessionId: string) => store.deleteSession(sessionId),

    /** @throws OstlerError PASSWORD_WRONG, PASSWORD_UNCHANGED, TOO_MANY_ATTEMPTS */
    changePassword: async (accountId: string, current: string, next: string, keepSessionId: string | null): Promise<void> => {
      const account = await store.get(accountId);
      byName.count(account.name);
      if (!(await verify(current, account.password_hash))) throw new OstlerError('PASSWORD_WRONG', {});
      if (current === next) throw new OstlerError('PASSWORD_UNCHANGED', {});
      byName.forget(account.name);
      await store.setPassword(accountId, await oneAtATime(() => hashPassword(next)), keepSessionId);
      if (account.must_change_password === 1) await rm(firstPasswordFile, { force: true });
    },

    findByToken: async (token: string): Promise<Person | null> => {
      const found = await store.findCredential(token, now());
      if (found === null) return null;
      const { account, kind, id, lastUsedAt } = found;
      if (kind === 'token' && (lastUsedAt ?? 0) < now() - lastUsedEveryMs) await store.noteTokenUsed(id, now());
      const mustChangePassword = account.must_change_password === 1;
      return { accountId: account.id, name: account.name, credential: { kind, id }, mustChangePassword };
    },

    listTokens: (accountId: string) => store.listTokens(accountId),

    /** The token itself is in this answer only. */
    createToken: async (accountId: string, name: string, expiresInDays: number | null): Promise<{ row: TokenRow; token: string }> => {
      const token = `ost_${randomBytes(32).toString('base64url')}`;
      const expires_at = expiresInDays === null ? null : now() + expiresInDays * dayMs;
      return { token, row: await store.insertToken(accountId, token, { name, created_at: now(), expires_at }) };
    },

    /** @throws OstlerError NOT_FOUND */
    deleteToken: async (accountId: string, id: string): Promise<void> => {
      if (!(await store.deleteToken(accountId, id))) throw new OstlerError('NOT_FOUND', { kind: 'API token', id });
    },
  };
}

/** 100 random bits in five groups, without letters that look alike. */
function readablePassword(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
  const text = Array.from(randomBytes(20), (byte) => letters[byte % 32]).join('');
  return text.replaceAll(/(.{4})(?=.)/g, '$1-');
}

/** Runs one piece of work at a time: hashing takes 16 MiB and a thread each. */
function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return async <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
