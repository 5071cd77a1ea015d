/** People: the first administrator, signing in, sessions, API tokens. What others do with their accounts: administer.ts, administer-sign-in.ts. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { OstlerError, type CreateToken, type Login, type Permission } from '@ostler/contract';
import type { z } from 'zod';
import { narrowed, type Rights } from '../access/rights.ts';
import type { Queries } from '../devices/store.ts';
import type { Person, PersonLookup } from '../http/access.ts';
import { replaceFile } from '../replace-file.ts';
import type { AccountRow, AccountStore, RenewedSession, SessionRow, TokenRow } from './account-store.ts';
import { createAttemptLimit, type AttemptLimit } from './attempt-limit.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';
import { oneTimePassword } from './readable-secret.ts';
import type { SecondFactors } from './second-factors.ts';

export interface AccountsSources {
  readonly store: AccountStore;
  readonly secondFactors: Pick<SecondFactors, 'describe' | 'use'>;
  /** Where tries that failed are counted. */
  readonly sql: Queries;
  /** Whether who may do more than look must have a second factor. */
  readonly demandsSecondFactor: () => Promise<boolean>;
  /** Where the first administrator's one-time password is put; the file goes when the password is changed. */
  readonly firstPasswordFile: string;
  readonly now: () => number;
}

export interface SignedIn {
  readonly name: string;
  readonly token: string;
  readonly expiresAt: number;
  readonly mustChangePassword: boolean;
  readonly mustSetSecondFactor: boolean;
  readonly recoveryCodesLeft: number | null;
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
  readonly #secondFactors: AccountsSources['secondFactors'];
  readonly #demandsSecondFactor: () => Promise<boolean>;
  readonly #firstPasswordFile: string;
  readonly #now: () => number;
  readonly #byName: AttemptLimit;
  readonly #byAddress: AttemptLimit;
  readonly #inTurn = createTurns();
  /** An unknown name costs as much time as a wrong password. */
  readonly #nobodysHash = hashPassword(randomBytes(16).toString('hex'));

  constructor({ store, secondFactors, sql, demandsSecondFactor, firstPasswordFile, now }: AccountsSources) {
    this.#store = store;
    this.#secondFactors = secondFactors;
    this.#demandsSecondFactor = demandsSecondFactor;
    this.#firstPasswordFile = firstPasswordFile;
    this.#now = now;
    this.#byName = createAttemptLimit({ sql, what: 'name', maxAttempts: 10, windowMs, now });
    this.#byAddress = createAttemptLimit({ sql, what: 'address', maxAttempts: 30, windowMs, now });
  }

  /** At first start only. @returns whether the account was made; its password is in the file. */
  async createFirstAdministrator(): Promise<boolean> {
    if ((await this.#store.count()) > 0) return false;
    const password = oneTimePassword();
    await replaceFile(this.#firstPasswordFile, `${password}\n`, 0o600);
    await this.#store.insertAdministrator('admin', await hashPassword(password), this.#now());
    return true;
  }

  /**
   * A try is a try, whether it is the password or the code that is wrong.
   * @throws OstlerError LOGIN_FAILED, SECOND_FACTOR_NEEDED, SECOND_FACTOR_WRONG, TOO_MANY_ATTEMPTS
   */
  async signIn(given: Login, remoteAddress: string): Promise<SignedIn> {
    const prove = () => this.#prove(given);
    const account = await this.#byAddress.make([remoteAddress], () => this.#byName.make([given.name], prove));
    return this.beginSession(account, remoteAddress);
  }

  async #prove({ name, password, code }: Login): Promise<AccountRow> {
    const account = await this.#store.findByName(name);
    const matches = await this.#verify(password, account?.password_hash ?? (await this.#nobodysHash));
    if (account === undefined || account.disabled === 1 || !matches) throw new OstlerError('LOGIN_FAILED', {});
    if ((await this.#secondFactors.describe(account.id)).confirmedAt !== null) {
      if (code === undefined) throw new OstlerError('SECOND_FACTOR_NEEDED', {});
      await this.#secondFactors.use(account.id, code);
    }
    return account;
  }

  /** For somebody who has just proved who they are: here, or to a provider. */
  async beginSession(account: AccountRow, remoteAddress: string): Promise<SignedIn> {
    const token = newSessionToken();
    const expiresAt = this.#now() + sessionMs;
    await this.#store.insertSession(account.id, token, { address: remoteAddress, created_at: this.#now(), expires_at: expiresAt });
    const { confirmedAt, recoveryCodesLeft } = await this.#secondFactors.describe(account.id);
    const hasSecondFactor = confirmedAt !== null || (await this.#store.signsInWithProvider(account.id));
    return {
      name: account.name,
      token,
      expiresAt,
      mustChangePassword: account.must_change_password === 1,
      mustSetSecondFactor: !hasSecondFactor && (await this.#needsSecondFactor(await this.#store.rightsOf(account.id))),
      recoveryCodesLeft: confirmedAt === null ? null : recoveryCodesLeft,
    };
  }

  signOut(sessionId: string): Promise<void> {
    return this.#store.deleteSession(sessionId);
  }

  /**
   * Ends every session. @returns the token under which session `renewId` goes on, null where that is null
   * @throws OstlerError PASSWORD_WRONG, PASSWORD_UNCHANGED, TOO_MANY_ATTEMPTS
   */
  async changePassword(accountId: string, current: string, next: string, renewId: string | null): Promise<string | null> {
    const account = await this.requirePassword(accountId, current);
    if (current === next) throw new OstlerError('PASSWORD_UNCHANGED', {});
    const renewed = renewal(renewId);
    await this.#store.setPassword(accountId, await this.#inTurn(() => hashPassword(next)), renewed);
    if (account.must_change_password === 1) await rm(this.#firstPasswordFile, { force: true });
    return renewed?.token ?? null;
  }

  /** Before a signed-in person changes how they sign in. @throws OstlerError PASSWORD_WRONG, TOO_MANY_ATTEMPTS */
  async requirePassword(accountId: string, password: string): Promise<AccountRow> {
    const account = await this.#store.get(accountId);
    return this.#byName.make([account.name], async () => {
      if (!(await this.#verify(password, account.password_hash))) throw new OstlerError('PASSWORD_WRONG', {});
      return account;
    });
  }

  /** Ends every session of the account. @returns the token under which session `renewId` goes on, null where that is null */
  async renewSessions(accountId: string, renewId: string | null): Promise<string | null> {
    const renewed = renewal(renewId);
    await this.#store.renewSessions(accountId, renewed);
    return renewed?.token ?? null;
  }

  async findByToken(token: string): Promise<Person | null> {
    const found = await this.#store.findCredential(token, this.#now(), this.#now() - idleMs);
    if (found === null) return null;
    const { account, id, lastUsedAt, hasSecondFactor, limits } = found;
    if ((lastUsedAt ?? 0) < this.#now() - lastUsedEveryMs) await this.#store.noteUsed(found, this.#now());
    const { permissions, collectionIds } = limitsOf(limits);
    const kind = permissions === null && collectionIds === null ? found.kind : 'limited-token';
    const ofAccount = await this.#store.rightsOf(account.id);
    return {
      accountId: account.id,
      name: account.name,
      credential: { kind, id },
      mustChangePassword: account.must_change_password === 1,
      mustSetSecondFactor: !hasSecondFactor && (await this.#needsSecondFactor(ofAccount)),
      rights: narrowed(ofAccount, permissions, collectionIds),
    };
  }

  /** For an account that somebody else makes or lets in again. */
  async makeOneTimePassword(): Promise<{ readonly password: string; readonly hash: string }> {
    const password = oneTimePassword();
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

  async #needsSecondFactor(rights: Rights): Promise<boolean> {
    const mayDoMoreThanLook = rights.some(({ permissions }) => [...permissions].some((permission) => !permission.endsWith('.read')));
    return mayDoMoreThanLook && (await this.#demandsSecondFactor());
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

/** 256 random bits, made by the server alone: no session is ever taken up under a token that somebody brought along. */
function newSessionToken(): string {
  return randomBytes(32).toString('base64url');
}

function renewal(sessionId: string | null): RenewedSession | null {
  return sessionId === null ? null : { id: sessionId, token: newSessionToken() };
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
