/** Other people's accounts: made, disabled, deleted, given roles. Nobody governs more than they have, and one full administrator stays. */
import { OstlerError, type Account, type Assignment, type CreateAccount, type UpdateAccount } from '@ostler/contract';
import type { z } from 'zod';
import { administratorIds, allAssignments, replaceAssignments, rightsFrom, rightsOf } from '../access/assignments-store.ts';
import { rightsOfCaller } from '../access/caller.ts';
import { effectiveRights, requireNoMore } from '../access/handlers.ts';
import type { Rights } from '../access/rights.ts';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';
import type { Queries } from '../devices/store.ts';
import type { Handlers } from '../http/handlers.ts';
import { isoTime } from '../iso-time.ts';
import type { AccountRow } from './account-store.ts';
import type { Accounts } from './accounts.ts';

type Calls = 'accounts.list' | 'accounts.create' | 'accounts.update' | 'accounts.resetPassword' | 'accounts.delete' | 'accounts.rights';

export interface AdministrationDependencies {
  readonly database: Database;
  readonly accounts: Pick<Accounts, 'makeOneTimePassword'>;
  readonly now: () => number;
}

export function administrationHandlers({ database: { sql }, accounts, now }: AdministrationDependencies): Pick<Handlers, Calls> {
  return {
    'accounts.list': async () => ({ items: await listAccounts(sql) }),
    'accounts.create': async ({ body }, { caller }) => {
      await requireGiving(sql, rightsOfCaller(caller), body.assignments);
      const { password, hash } = await accounts.makeOneTimePassword();
      const account = await sql.transaction().execute((transaction) => createAccount(transaction, body, hash, now()));
      // Of an account that signs in with a provider nobody knows the password.
      return { account, password: account.identityProviderId === null ? password : null };
    },
    'accounts.update': async ({ params: { id }, body }, { caller }) => {
      await requireGoverning(sql, rightsOfCaller(caller), id);
      await requireGiving(sql, rightsOfCaller(caller), body.assignments ?? []);
      return withAdministratorLeft(sql, id, (transaction) => changeAccount(transaction, id, body));
    },
    'accounts.resetPassword': async ({ params: { id } }, { caller }) => {
      await requireGoverning(sql, rightsOfCaller(caller), id);
      const { password, hash } = await accounts.makeOneTimePassword();
      await sql.transaction().execute(async (transaction) => {
        await setOneTimePassword(transaction, id, hash);
        await transaction.deleteFrom('sessions').where('account_id', '=', id).execute();
      });
      return { password };
    },
    'accounts.delete': async ({ params: { id } }, { caller }) => {
      await requireGoverning(sql, rightsOfCaller(caller), id);
      await withAdministratorLeft(sql, id, (transaction) => transaction.deleteFrom('accounts').where('id', '=', id).execute());
      return { ok: true };
    },
    'accounts.rights': async ({ params: { id } }) => {
      await getAccount(sql, id);
      return { items: effectiveRights(await rightsOf(sql, id)) };
    },
  };
}

async function createAccount(
  sql: Queries,
  { name, assignments, identityProviderId }: CreateAccount,
  hash: string,
  nowMs: number,
): Promise<Account> {
  const must_change_password = identityProviderId === null ? 1 : 0;
  const row = { id: newId('account'), name, password_hash: hash, must_change_password, disabled: 0, created_at: nowMs } as const;
  await refuseName(sql, name);
  await sql.insertInto('accounts').values(row).execute();
  await replaceAssignments(sql, row.id, assignments);
  if (identityProviderId !== null) {
    const provider = await sql.selectFrom('identity_providers').select('id').where('id', '=', identityProviderId).executeTakeFirst();
    if (provider === undefined) throw new OstlerError('NOT_FOUND', { kind: 'identity provider', id: identityProviderId });
    await sql.insertInto('account_identities').values({ account_id: row.id, provider_id: provider.id, subject: null }).execute();
  }
  return getAccount(sql, row.id);
}

async function changeAccount(sql: Queries, id: string, { disabled, assignments }: z.output<typeof UpdateAccount>): Promise<Account> {
  if (disabled !== undefined) {
    await sql
      .updateTable('accounts')
      .set({ disabled: disabled ? 1 : 0 })
      .where('id', '=', id)
      .execute();
    if (disabled) await sql.deleteFrom('sessions').where('account_id', '=', id).execute();
  }
  if (assignments !== undefined) await replaceAssignments(sql, id, assignments);
  return getAccount(sql, id);
}

/** In place of the password before, or of the identity provider that the account signed in with. Call it inside a transaction. */
export async function setOneTimePassword(sql: Queries, accountId: string, hash: string): Promise<void> {
  await sql.updateTable('accounts').set({ password_hash: hash, must_change_password: 1 }).where('id', '=', accountId).execute();
  await sql.deleteFrom('account_identities').where('account_id', '=', accountId).execute();
}

/** Of two changes at the same moment, on two servers too, the second one sees the first. @throws OstlerError LAST_ADMINISTRATOR */
async function withAdministratorLeft<T>(sql: Database['sql'], id: string, change: (transaction: Queries) => Promise<T>): Promise<T> {
  return sql.transaction().execute((transaction) => keepingAdministrator(transaction, id, () => change(transaction)));
}

/** The same inside a transaction. @throws OstlerError LAST_ADMINISTRATOR */
export async function keepingAdministrator<T>(transaction: Queries, id: string, change: () => Promise<T>): Promise<T> {
  // Changes nothing, but locks every account until the end of the transaction.
  await transaction
    .updateTable('accounts')
    .set((row) => ({ disabled: row.ref('disabled') }))
    .execute();
  const { name } = await getAccount(transaction, id);
  const result = await change();
  if ((await administratorIds(transaction)).length === 0) throw new OstlerError('LAST_ADMINISTRATOR', { name });
  return result;
}

/** @throws OstlerError RIGHTS_EXCEED_OWN */
async function requireGiving(sql: Queries, own: Rights, assignments: readonly Assignment[]): Promise<void> {
  for (const { permissions } of await rightsFrom(sql, assignments)) requireNoMore(own, permissions);
}

/** Whoever resets a password can sign in with it. @throws OstlerError NOT_FOUND, RIGHTS_EXCEED_OWN */
export async function requireGoverning(sql: Queries, own: Rights, accountId: string): Promise<void> {
  const { assignments } = await getAccount(sql, accountId);
  await requireGiving(sql, own, assignments);
}

async function refuseName(sql: Queries, name: string): Promise<void> {
  const same = await sql.selectFrom('accounts').select('id').where('name', '=', name).executeTakeFirst();
  if (same !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'account', name });
}

async function listAccounts(sql: Queries): Promise<Account[]> {
  const rows = await sql
    .selectFrom('accounts')
    .leftJoin('second_factors', 'second_factors.account_id', 'accounts.id')
    .leftJoin('account_identities', 'account_identities.account_id', 'accounts.id')
    .selectAll('accounts')
    .select(['confirmed_at', 'provider_id'])
    .orderBy('name')
    .execute();
  const assignments = await allAssignments(sql);
  return rows.map((row) => asAccount(row, assignments.get(row.id) ?? []));
}

export async function getAccount(sql: Queries, id: string): Promise<Account> {
  const account = (await listAccounts(sql)).find((each) => each.id === id);
  if (account === undefined) throw new OstlerError('NOT_FOUND', { kind: 'account', id });
  return account;
}

interface ListedRow extends AccountRow {
  readonly confirmed_at: number | null;
  readonly provider_id: string | null;
}

function asAccount(row: ListedRow, assignments: Assignment[]): Account {
  const { id, name, disabled, must_change_password, confirmed_at, provider_id, created_at } = row;
  const flags = { disabled: disabled === 1, mustChangePassword: must_change_password === 1, secondFactor: confirmed_at !== null };
  return { id, name, ...flags, identityProviderId: provider_id, assignments, createdAt: isoTime(created_at) };
}
