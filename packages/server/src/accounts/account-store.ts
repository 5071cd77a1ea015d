/** Rows of accounts, sessions and API tokens. Tokens are kept as SHA-256 only: 256 random bits need no slow hash. */
import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import type { SiteTables } from './tables.ts';

export type AccountRow = SiteTables['accounts'];
export type TokenRow = Omit<SiteTables['api_tokens'], 'token_hash' | 'account_id'>;
export interface Credential {
  readonly account: AccountRow;
  readonly kind: 'session' | 'token';
  readonly id: string;
  readonly lastUsedAt: number | null;
}

export type AccountStore = ReturnType<typeof createAccountStore>;

export function createAccountStore({ sql }: Database) {
  return {
    findByName: (name: string) => sql.selectFrom('accounts').selectAll().where('name', '=', name).executeTakeFirst(),
    get: (id: string) => sql.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    count: async () => {
      const row = await sql
        .selectFrom('accounts')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return row.count;
    },
    insert: async (account: Omit<AccountRow, 'id'>) => {
      await sql
        .insertInto('accounts')
        .values({ ...account, id: newId('account') })
        .execute();
    },
    /** The new password, and the end of every session but one (null: of all). */
    setPassword: (accountId: string, passwordHash: string, keepSessionId: string | null) =>
      sql.transaction().execute(async (transaction) => {
        await transaction
          .updateTable('accounts')
          .set({ password_hash: passwordHash, must_change_password: 0 })
          .where('id', '=', accountId)
          .execute();
        const sessions = transaction.deleteFrom('sessions').where('account_id', '=', accountId);
        await (keepSessionId === null ? sessions : sessions.where('id', '!=', keepSessionId)).execute();
      }),
    insertSession: async (accountId: string, token: string, nowMs: number, expiresAtMs: number) => {
      await sql.deleteFrom('sessions').where('expires_at', '<=', nowMs).execute();
      const times = { created_at: nowMs, expires_at: expiresAtMs };
      await sql
        .insertInto('sessions')
        .values({ id: newId('session'), account_id: accountId, token_hash: hashToken(token), ...times })
        .execute();
    },
    deleteSession: async (id: string) => {
      await sql.deleteFrom('sessions').where('id', '=', id).execute();
    },
    findCredential: (token: string, nowMs: number) => findCredential(sql, hashToken(token), nowMs),
    listTokens: (accountId: string): Promise<TokenRow[]> =>
      sql
        .selectFrom('api_tokens')
        .select(['id', 'name', 'created_at', 'expires_at', 'last_used_at'])
        .where('account_id', '=', accountId)
        .orderBy('created_at')
        .orderBy('id')
        .execute(),
    insertToken: async (accountId: string, token: string, row: Omit<TokenRow, 'id' | 'last_used_at'>): Promise<TokenRow> => {
      const stored = { ...row, id: newId('token'), last_used_at: null };
      await sql
        .insertInto('api_tokens')
        .values({ ...stored, account_id: accountId, token_hash: hashToken(token) })
        .execute();
      return stored;
    },
    /** @returns false when the account has no such token */
    deleteToken: async (accountId: string, id: string): Promise<boolean> => {
      const { numDeletedRows } = await sql
        .deleteFrom('api_tokens')
        .where('account_id', '=', accountId)
        .where('id', '=', id)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
    noteTokenUsed: async (id: string, nowMs: number) => {
      await sql.updateTable('api_tokens').set({ last_used_at: nowMs }).where('id', '=', id).execute();
    },
  };
}

async function findCredential(sql: Kysely<Tables>, tokenHash: string, nowMs: number): Promise<Credential | null> {
  const session = await sql
    .selectFrom('sessions')
    .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
    .selectAll('accounts')
    .select('sessions.id as credential_id')
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', nowMs)
    .executeTakeFirst();
  if (session !== undefined) return { account: session, kind: 'session', id: session.credential_id, lastUsedAt: null };
  const token = await sql
    .selectFrom('api_tokens')
    .innerJoin('accounts', 'accounts.id', 'api_tokens.account_id')
    .selectAll('accounts')
    .select(['api_tokens.id as credential_id', 'api_tokens.last_used_at'])
    .where('token_hash', '=', tokenHash)
    .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', nowMs)]))
    .executeTakeFirst();
  return token === undefined ? null : { account: token, kind: 'token', id: token.credential_id, lastUsedAt: token.last_used_at };
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
