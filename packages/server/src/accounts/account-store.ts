/** Rows of accounts, sessions and API tokens. Tokens are kept as SHA-256 only: 256 random bits need no slow hash. */
import { createHash } from 'node:crypto';
import { fullAdministratorRoleId } from '@ostler/contract';
import type { Kysely } from 'kysely';
import { replaceAssignments, rightsOf } from '../access/assignments-store.ts';
import type { Rights } from '../access/rights.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import type { SiteTables } from './tables.ts';

export type AccountRow = SiteTables['accounts'];
export type TokenRow = Omit<SiteTables['api_tokens'], 'token_hash' | 'account_id'>;
export type SessionRow = Omit<SiteTables['sessions'], 'token_hash' | 'account_id'>;
export interface Credential {
  readonly account: AccountRow;
  readonly kind: 'session' | 'token';
  readonly id: string;
  readonly lastUsedAt: number | null;
  /** Or signs in with a provider, whose concern that is. */
  readonly hasSecondFactor: boolean;
  /** Of an API token. */
  readonly limits: Pick<TokenRow, 'permissions' | 'collection_ids'>;
}

/** A session and its next token. */
export interface RenewedSession {
  readonly id: string;
  readonly token: string;
}

export class AccountStore {
  readonly #sql: Kysely<Tables>;

  constructor({ sql }: Database) {
    this.#sql = sql;
  }

  findByName(name: string): Promise<AccountRow | undefined> {
    return this.#sql.selectFrom('accounts').selectAll().where('name', '=', name).executeTakeFirst();
  }

  get(id: string): Promise<AccountRow> {
    return this.#sql.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  }

  async count(): Promise<number> {
    const query = this.#sql.selectFrom('accounts').select(({ fn }) => fn.countAll<number>().as('count'));
    return (await query.executeTakeFirstOrThrow()).count;
  }

  /** With a one-time password. */
  async insertAdministrator(name: string, passwordHash: string, nowMs: number): Promise<void> {
    const id = newId('account');
    const row = { id, name, password_hash: passwordHash, must_change_password: 1, disabled: 0, created_at: nowMs } as const;
    await this.#sql.transaction().execute(async (transaction) => {
      await transaction.insertInto('accounts').values(row).execute();
      await replaceAssignments(transaction, id, [{ roleId: fullAdministratorRoleId, scopeIds: null, collectionIds: null }]);
    });
  }

  async signsInWithProvider(accountId: string): Promise<boolean> {
    const query = this.#sql.selectFrom('account_identities').select('provider_id').where('account_id', '=', accountId);
    return (await query.executeTakeFirst()) !== undefined;
  }

  rightsOf(accountId: string): Promise<Rights> {
    return rightsOf(this.#sql, accountId);
  }

  /** The new password, and what renewSessions does. */
  async setPassword(accountId: string, passwordHash: string, renewed: RenewedSession | null): Promise<void> {
    const change = { password_hash: passwordHash, must_change_password: 0 } as const;
    await this.#sql.transaction().execute(async (transaction) => {
      await transaction.updateTable('accounts').set(change).where('id', '=', accountId).execute();
      await renewSessions(transaction, accountId, renewed);
    });
  }

  /** Every session of the account ends; `renewed` goes on under another id and token, so that whoever knew the old ones is out. */
  async renewSessions(accountId: string, renewed: RenewedSession | null): Promise<void> {
    await this.#sql.transaction().execute((transaction) => renewSessions(transaction, accountId, renewed));
  }

  /** Sessions that have ended go on the way. */
  async insertSession(accountId: string, token: string, session: Pick<SessionRow, 'address' | 'created_at' | 'expires_at'>): Promise<void> {
    const row = { id: newId('session'), account_id: accountId, token_hash: hashToken(token), last_used_at: session.created_at, ...session };
    await this.#sql.deleteFrom('sessions').where('expires_at', '<=', session.created_at).execute();
    await this.#sql.insertInto('sessions').values(row).execute();
  }

  /** The newest first. */
  listSessions(accountId: string, nowMs: number, usedAfterMs: number): Promise<SessionRow[]> {
    return this.#sql
      .selectFrom('sessions')
      .select(['id', 'address', 'created_at', 'last_used_at', 'expires_at'])
      .where('account_id', '=', accountId)
      .where('expires_at', '>', nowMs)
      .where('last_used_at', '>', usedAfterMs)
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .execute();
  }

  /** @returns false when the account has no such session */
  async endSession(accountId: string, id: string): Promise<boolean> {
    const query = this.#sql.deleteFrom('sessions').where('account_id', '=', accountId).where('id', '=', id);
    return (await query.executeTakeFirst()).numDeletedRows > 0n;
  }

  async deleteSession(id: string): Promise<void> {
    await this.#sql.deleteFrom('sessions').where('id', '=', id).execute();
  }

  /** @param usedAfterMs a session that was not used since then has ended */
  findCredential(token: string, nowMs: number, usedAfterMs: number): Promise<Credential | null> {
    return findCredential(this.#sql, hashToken(token), nowMs, usedAfterMs);
  }

  listTokens(accountId: string): Promise<TokenRow[]> {
    const query = this.#sql
      .selectFrom('api_tokens')
      .select(['id', 'name', 'created_at', 'expires_at', 'last_used_at', 'permissions', 'collection_ids']);
    return query.where('account_id', '=', accountId).orderBy('created_at').orderBy('id').execute();
  }

  async insertToken(accountId: string, token: string, row: Omit<TokenRow, 'id' | 'last_used_at'>): Promise<TokenRow> {
    const shown = { id: newId('token'), ...row, last_used_at: null };
    const stored = { account_id: accountId, token_hash: hashToken(token), ...shown };
    await this.#sql.insertInto('api_tokens').values(stored).execute();
    return shown;
  }

  /** @returns false when the account has no such token */
  async deleteToken(accountId: string, id: string): Promise<boolean> {
    const query = this.#sql.deleteFrom('api_tokens').where('account_id', '=', accountId).where('id', '=', id);
    return (await query.executeTakeFirst()).numDeletedRows > 0n;
  }

  async noteUsed({ kind, id }: Pick<Credential, 'kind' | 'id'>, nowMs: number): Promise<void> {
    const table = kind === 'session' ? 'sessions' : 'api_tokens';
    await this.#sql.updateTable(table).set({ last_used_at: nowMs }).where('id', '=', id).execute();
  }
}

async function renewSessions(sql: Kysely<Tables>, accountId: string, renewed: RenewedSession | null): Promise<void> {
  const others = sql.deleteFrom('sessions').where('account_id', '=', accountId);
  await (renewed === null ? others : others.where('id', '!=', renewed.id)).execute();
  if (renewed === null) return;
  const change = { id: newId('session'), token_hash: hashToken(renewed.token) };
  await sql.updateTable('sessions').set(change).where('id', '=', renewed.id).execute();
}

async function findCredential(sql: Kysely<Tables>, tokenHash: string, nowMs: number, usedAfterMs: number): Promise<Credential | null> {
  const session = await sql
    .selectFrom('sessions')
    .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
    .leftJoin('second_factors', 'second_factors.account_id', 'accounts.id')
    .leftJoin('account_identities', 'account_identities.account_id', 'accounts.id')
    .selectAll('accounts')
    .select(['sessions.id as credential_id', 'sessions.last_used_at', 'confirmed_at', 'provider_id'])
    .where('token_hash', '=', tokenHash)
    .where('disabled', '=', 0)
    .where('expires_at', '>', nowMs)
    .where('last_used_at', '>', usedAfterMs)
    .executeTakeFirst();
  if (session !== undefined) {
    const limits = { permissions: null, collection_ids: null };
    const { credential_id: id, last_used_at: lastUsedAt } = session;
    return { account: session, kind: 'session', id, lastUsedAt, hasSecondFactor: hasSecondFactor(session), limits };
  }
  const token = await sql
    .selectFrom('api_tokens')
    .innerJoin('accounts', 'accounts.id', 'api_tokens.account_id')
    .leftJoin('second_factors', 'second_factors.account_id', 'accounts.id')
    .leftJoin('account_identities', 'account_identities.account_id', 'accounts.id')
    .selectAll('accounts')
    .select(['api_tokens.id as credential_id', 'api_tokens.last_used_at', 'permissions', 'collection_ids', 'confirmed_at', 'provider_id'])
    .where('token_hash', '=', tokenHash)
    .where('disabled', '=', 0)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', nowMs)]))
    .executeTakeFirst();
  if (token === undefined) return null;
  const { permissions, collection_ids } = token;
  return {
    account: token,
    kind: 'token',
    id: token.credential_id,
    lastUsedAt: token.last_used_at,
    hasSecondFactor: hasSecondFactor(token),
    limits: { permissions, collection_ids },
  };
}

function hasSecondFactor(row: { readonly confirmed_at: number | null; readonly provider_id: string | null }): boolean {
  return row.confirmed_at !== null || row.provider_id !== null;
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
