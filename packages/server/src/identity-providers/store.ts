/** Identity providers in the database. Their client secrets are sealed. */
import { OstlerError, type CreateIdentityProvider, type IdentityProvider, type UpdateIdentityProvider } from '@ostler/contract';
import { requireAssignable } from '../access/assignments-store.ts';
import { newId } from '../database/new-id.ts';
import type { Queries } from '../devices/store.ts';
import { isoTime } from '../iso-time.ts';
import type { SealOwner } from '../sealing/sealed-columns.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { IdentityProviderTables } from './tables.ts';

type Row = IdentityProviderTables['identity_providers'];
type ProviderSettings = Omit<IdentityProvider, 'id' | 'name' | 'clientSecretSet' | 'redirectUri' | 'createdAt'>;

/** What signing in needs to know. */
export interface Provider extends ProviderSettings {
  readonly id: string;
  readonly name: string;
  readonly clientSecret: string | null;
}

export interface ProviderSources {
  readonly seal: SecretSeal;
  /** The address of this site that providers send browsers back to. */
  readonly redirectUri: () => string;
}

export async function listProviders(sql: Queries, sources: ProviderSources): Promise<IdentityProvider[]> {
  const rows = await sql.selectFrom('identity_providers').selectAll().orderBy('name').execute();
  return rows.map((row) => asNoun(row, sources));
}

/** @throws OstlerError NOT_FOUND */
export async function getProvider(sql: Queries, id: string, sources: ProviderSources): Promise<IdentityProvider> {
  return asNoun(await rowOf(sql, id), sources);
}

/** @throws OstlerError NOT_FOUND */
export async function findProvider(
  sql: Queries,
  by: { readonly name: string } | { readonly id: string },
  seal: SecretSeal,
): Promise<Provider> {
  const [column, value] = 'name' in by ? (['name', by.name] as const) : (['id', by.id] as const);
  const row = await sql.selectFrom('identity_providers').selectAll().where(column, '=', value).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'identity provider', id: value });
  const { id, name, sealed_client_secret: sealed } = row;
  return { id, name, ...settingsOf(row), clientSecret: sealed === null ? null : await seal.open(sql, sealed, ownerOf(id)) };
}

/** Inside a transaction. @throws OstlerError ALREADY_EXISTS; NOT_FOUND for a role, scope or collection of a rule */
export async function createProvider(
  sql: Queries,
  wanted: CreateIdentityProvider,
  sources: ProviderSources,
  nowMs: number,
): Promise<IdentityProvider> {
  const { name, clientSecret, ...settings } = wanted;
  await refuseName(sql, name, '');
  await requireRules(sql, settings.groupRules);
  const id = newId('identity-provider');
  const row = {
    id,
    name,
    settings: JSON.stringify(settings),
    sealed_client_secret: await sealed(sql, id, clientSecret, sources),
    created_at: nowMs,
  };
  await sql.insertInto('identity_providers').values(row).execute();
  return asNoun(row, sources);
}

/** Inside a transaction. @throws OstlerError NOT_FOUND, ALREADY_EXISTS */
export async function updateProvider(
  sql: Queries,
  id: string,
  change: UpdateIdentityProvider,
  sources: ProviderSources,
): Promise<IdentityProvider> {
  const row = await rowOf(sql, id);
  const { name = row.name, clientSecret, ...settings } = change;
  await refuseName(sql, name, id);
  await requireRules(sql, settings.groupRules ?? []);
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  const changed = {
    name,
    settings: JSON.stringify({ ...settingsOf(row), ...given }),
    sealed_client_secret: clientSecret === undefined ? row.sealed_client_secret : await sealed(sql, id, clientSecret, sources),
  };
  await sql.updateTable('identity_providers').set(changed).where('id', '=', id).execute();
  return asNoun({ ...row, ...changed }, sources);
}

/** @throws OstlerError NOT_FOUND, IN_USE with the accounts that sign in with it */
export async function deleteProvider(sql: Queries, id: string): Promise<void> {
  const { name } = await rowOf(sql, id);
  const accounts = await sql
    .selectFrom('account_identities')
    .innerJoin('accounts', 'accounts.id', 'account_identities.account_id')
    .select('accounts.name')
    .where('provider_id', '=', id)
    .orderBy('accounts.name')
    .execute();
  const users = accounts.map((account) => `the account ${account.name}`).join(', ');
  if (users !== '') throw new OstlerError('IN_USE', { kind: 'identity provider', name, users });
  await sql.deleteFrom('identity_providers').where('id', '=', id).execute();
}

async function rowOf(sql: Queries, id: string): Promise<Row> {
  const row = await sql.selectFrom('identity_providers').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'identity provider', id });
  return row;
}

async function refuseName(sql: Queries, name: string, exceptId: string): Promise<void> {
  const same = await sql
    .selectFrom('identity_providers')
    .select('id')
    .where('name', '=', name)
    .where('id', '!=', exceptId)
    .executeTakeFirst();
  if (same !== undefined) throw new OstlerError('ALREADY_EXISTS', { kind: 'identity provider', name });
}

async function requireRules(sql: Queries, rules: ProviderSettings['groupRules']): Promise<void> {
  await requireAssignable(
    sql,
    rules.flatMap(({ assignments }) => assignments),
  );
}

function asNoun(row: Row, { redirectUri }: ProviderSources): IdentityProvider {
  const { id, name, sealed_client_secret, created_at } = row;
  const shown = { clientSecretSet: sealed_client_secret !== null, redirectUri: redirectUri(), createdAt: isoTime(created_at) };
  return { id, name, ...settingsOf(row), ...shown };
}

function settingsOf({ settings }: Row): ProviderSettings {
  // Safe: written by createProvider and updateProvider from the same type.
  return JSON.parse(settings) as ProviderSettings;
}

async function sealed(sql: Queries, id: string, clientSecret: string | null, { seal }: ProviderSources): Promise<string | null> {
  return clientSecret === null ? null : seal.seal(sql, clientSecret, ownerOf(id));
}

function ownerOf(id: string): SealOwner {
  return `identity-provider/${id}`;
}
