/** Which account a person of a provider is here, and which roles their groups give it. */
import { AccountName, OstlerError } from '@ostler/contract';
import { replaceAssignments } from '../access/assignments-store.ts';
import type { AccountRow } from '../accounts/account-store.ts';
import { keepingAdministrator } from '../accounts/administer.ts';
import { newId } from '../database/new-id.ts';
import type { Database } from '../database/database.ts';
import type { Queries } from '../devices/store.ts';
import type { ProviderPerson } from './openid.ts';
import type { Provider } from './store.ts';

export interface AccountSources {
  /** Of a password that nobody knows: such an account signs in with the provider alone. */
  readonly makeHash: () => Promise<string>;
  readonly nowMs: number;
}

/**
 * The account of somebody who has just signed in at the provider, with the roles of its groups.
 * @throws OstlerError PROVIDER_CLAIM_UNUSABLE, PROVIDER_ACCOUNT_UNKNOWN, PROVIDER_ACCOUNT_TAKEN, PROVIDER_ACCOUNT_DISABLED,
 * PROVIDER_GROUPS_UNKNOWN, LAST_ADMINISTRATOR
 */
export async function accountOf(
  sql: Database['sql'],
  provider: Provider,
  person: ProviderPerson,
  sources: AccountSources,
): Promise<AccountRow> {
  const { groupRules, name } = provider;
  const assignments = groupRules.filter(({ group }) => person.groups.includes(group)).flatMap((rule) => rule.assignments);
  if (groupRules.length > 0 && assignments.length === 0) {
    const groups = person.groups.length === 0 ? 'none' : person.groups.join(', ').slice(0, 500);
    throw new OstlerError('PROVIDER_GROUPS_UNKNOWN', { person: person.accountName ?? person.subject, name, groups });
  }
  return sql.transaction().execute(async (transaction) => {
    const account = await findOrMake(transaction, provider, person, sources);
    if (account.disabled === 1) throw new OstlerError('PROVIDER_ACCOUNT_DISABLED', { person: account.name });
    if (groupRules.length > 0) {
      await keepingAdministrator(transaction, account.id, () => replaceAssignments(transaction, account.id, assignments));
    }
    return account;
  });
}

async function findOrMake(sql: Queries, provider: Provider, person: ProviderPerson, sources: AccountSources): Promise<AccountRow> {
  const known = await sql
    .selectFrom('account_identities')
    .innerJoin('accounts', 'accounts.id', 'account_identities.account_id')
    .selectAll('accounts')
    .where('provider_id', '=', provider.id)
    .where('subject', '=', person.subject)
    .executeTakeFirst();
  return known ?? firstSignIn(sql, provider, person, sources);
}

/** By name this once: an account that an administrator made for this provider, or a new one. Never one that has another way to sign in. */
async function firstSignIn(
  sql: Queries,
  provider: Provider,
  { accountName, subject }: ProviderPerson,
  { makeHash, nowMs }: AccountSources,
): Promise<AccountRow> {
  const { id: provider_id, name: providerName, accountNameFrom: claim, makesAccounts } = provider;
  const parsed = AccountName.safeParse(accountName);
  if (!parsed.success) throw new OstlerError('PROVIDER_CLAIM_UNUSABLE', { name: providerName, claim });
  const name = parsed.data;
  const same = await sql.selectFrom('accounts').selectAll().where('name', '=', name).executeTakeFirst();
  if (same !== undefined) {
    const waiting = sql.updateTable('account_identities').set({ subject }).where('account_id', '=', same.id);
    const { numUpdatedRows } = await waiting.where('provider_id', '=', provider_id).where('subject', 'is', null).executeTakeFirst();
    if (numUpdatedRows === 0n) throw new OstlerError('PROVIDER_ACCOUNT_TAKEN', { person: name, name: providerName });
    return same;
  }
  if (!makesAccounts) throw new OstlerError('PROVIDER_ACCOUNT_UNKNOWN', { person: name, name: providerName });
  const password_hash = await makeHash();
  const account = { id: newId('account'), name, password_hash, must_change_password: 0, disabled: 0, created_at: nowMs } as const;
  await sql.insertInto('accounts').values(account).execute();
  await sql.insertInto('account_identities').values({ account_id: account.id, provider_id, subject }).execute();
  return account;
}
