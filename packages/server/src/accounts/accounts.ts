/** People: the first administrator, signing in, sessions, API tokens. What others do with their accounts: administer.ts. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { OstlerError, type CreateToken, type Permission } from '@ostler/contract';
import type { z } from 'zod';
import { narrowed } from '../access/rights.ts';
import type { Person, PersonLookup } from '../http/access.ts';
import { replaceFile } from '../replace-file.ts';
import type { AccountStore, SessionRow, TokenRow } from './account-store.ts';
import { createAttemptLimit, type AttemptLimit } from './attempt-limit.ts';
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

type NewToken = z.output<typeof CreateToken>;

const sessionMs = 12 * 60 * 60 * 1000;
/** A session that is not used for this long ends. */
const idleMs = 2 * 60 * 60 * 1000;
const windowMs = 5 * 60 * 1000;
const dayMs = 24 * 60 * 60 * 1000;
/** `lastUsedAt` of a session or token is written at most this often. */
const lastUsedEveryMs = 60_000;

export class Accounts implements PersonLookup {
  readonly #store: AccountStore;
  readonly #firstPasswordFile: string;
  readonly #now: () => number;
  readonly #byName: AttemptLimit;
  readonly #byAddress: AttemptLimit;
  readonly #inTurn = createTurns();
  /** An unknown name costs as much time as a wrong password. */
  readonly #nobodysHash = hashPassword(randomBytes(16).toString('hex'));

  constructor({ store, firstPasswordFile, now }: AccountsSources) {
    this.#store = store;
    this.#firstPasswordFile = firstPasswordFile;
    this.#now = now;
    this.#byName = createAttemptLimit({ maxAttempts: 10, windowMs, now });
    this.#byAddress = createAttemptLimit({ maxAttempts: 30, windowMs, now });
  }

  /** At first start only. @returns whether the account was made; its password is in the file. */
  async createFirstAdministrator(): Promise<boolean> {
    if ((await this.#store.count()) > 0) return false;
    const password = readablePassword();
    await replaceFile(this.#firstPasswordFile, `${password}\n`, 0o600);
    await this.#store.insertAdministrator('admin', await hashPassword(password), this.#now());
    return true;
  }

  /** @throws OstlerError LOGIN_FAILED, TOO_MANY_ATTEMPTS */
  async signIn(name: string, password: string, remoteAddress: string): Promise<SignedIn> {
    this.#byAddress.count(remoteAddress);
    this.#byName.count(name);
    const account = await this.#store.findByName(name);
    const matches = await this.#verify(password, account?.password_hash ?? (await this.#nobodysHash));
    if (account === undefined || account.disabled === 1 || !matches) throw new OstlerError('LOGIN_FAILED', {});
    this.#byName.forget(name);
    this.#byAddress.forget(remoteAddress);
    const token = randomBytes(32).toString('base64url');
    const expiresAt = this.#now() + sessionMs;
    await this.#store.insertSession(account.id, token, { address: remoteAddress, created_at: this.#now(), expires_at: expiresAt });
    return { token, expiresAt, mustChangePassword: account.must_change_password === 1 };
  }

  signOut(sessionId: string): Promise<void> {
    return this.#store.deleteSession(sessionId);
  }

  /** Ends every session but `keepSessionId`. @throws OstlerError PASSWORD_WRONG, PASSWORD_UNCHANGED, TOO_MANY_ATTEMPTS */
  async changePassword(accountId: string, current: string, next: string, keepSessionId: string | null): Promise<void> {
    const account = await this.#store.get(accountId);
    this.#byName.count(account.name);
    if (!(await this.#verify(current, account.password_hash))) throw new OstlerError('PASSWORD_WRONG', {});
    if (current === next) throw new OstlerError('PASSWORD_UNCHANGED', {});
    this.#byName.forget(account.name);
    await this.#store.setPassword(accountId, await this.#inTurn(() => hashPassword(next)), keepSessionId);
    if (account.must_change_password === 1) await rm(this.#firstPasswordFile, { force: true });
  }

  async findByToken(token: string): Promise<Person | null> {
    const found = await this.#store.findCredential(token, this.#now(), this.#now() - idleMs);
    if (found === null) return null;
    const { account, id, lastUsedAt, limits } = found;
    if ((lastUsedAt ?? 0) < this.#now() - lastUsedEveryMs) await this.#store.noteUsed(found, this.#now());
    const { permissions, collectionIds } = limitsOf(limits);
    const kind = permissions === null && collectionIds === null ? found.kind : 'limited-token';
    const mustChangePassword = account.must_change_password === 1;
    const rights = narrowed(await this.#store.rightsOf(account.id), permissions, collectionIds);
    return { accountId: account.id, name: account.name, credential: { kind, id }, mustChangePassword, rights };
  }

  /** For an account that somebody else makes or lets in again. */
  async makeOneTimePassword(): Promise<{ readonly password: string; readonly hash: string }> {
    const password = readablePassword();
    return { password, hash: await this.#inTurn(() => hashPassword(password)) };
  }

  listSessions(accountId: string): Promise<readonly SessionRow[]> {
    return this.#store.listSessions(accountId, this.#now(), this.#now() - idleMs);
  }

  /** @throws OstlerError NOT_FOUND */
  async endSession(accountId: string, id: string): Promise<void> {
    if (!(await this.#store.endSession(accountId, id))) throw new OstlerError('NOT_FOUND', { kind: 'session', id });
  }

  listTokens(accountId: string): Promise<readonly TokenRow[]> {
    return this.#store.listTokens(accountId);
  }

  /** The token itself is in this answer only. */
  async createToken(accountId: string, wanted: NewToken): Promise<{ row: TokenRow; token: string }> {
    const { name, expiresInDays, permissions, collectionIds } = wanted;
    const token = `ost_${randomBytes(32).toString('base64url')}`;
    const expires_at = expiresInDays === null ? null : this.#now() + expiresInDays * dayMs;
    const limits = {
      permissions: permissions === null ? null : JSON.stringify(permissions),
      collection_ids: collectionIds === null ? null : JSON.stringify(collectionIds),
    };
    return { token, row: await this.#store.insertToken(accountId, token, { name, created_at: this.#now(), expires_at, ...limits }) };
  }

  /** @throws OstlerError NOT_FOUND */
  async deleteToken(accountId: string, id: string): Promise<void> {
    if (!(await this.#store.deleteToken(accountId, id))) throw new OstlerError('NOT_FOUND', { kind: 'API token', id });
  }

  #verify(password: string, stored: string): Promise<boolean> {
    return this.#inTurn(() => verifyPassword(password, stored));
  }
}

/** What a token is limited to, read from its row. */
export function limitsOf(row: Pick<TokenRow, 'permissions' | 'collection_ids'>): Pick<NewToken, 'permissions' | 'collectionIds'> {
  // Safe: written by createToken from the same types.
  return {
    permissions: row.permissions === null ? null : (JSON.parse(row.permissions) as Permission[]),
    collectionIds: row.collection_ids === null ? null : (JSON.parse(row.collection_ids) as string[]),
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
