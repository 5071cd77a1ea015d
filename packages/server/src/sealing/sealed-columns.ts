/** Every column that holds sealed values: what a rotation seals again. The owner of a sealed value begins with a kind of this table. */
import { sql as raw, type RawBuilder } from 'kysely';
import type { Queries } from '../devices/store.ts';

interface SealedColumn {
  /** For people, in the plural. */
  readonly what: string;
  readonly table: string;
  readonly column: string;
  readonly key: readonly string[];
  /** Which rows hold a sealed value. */
  readonly where: RawBuilder<boolean>;
  /** What the owner of a value begins with. */
  readonly kinds: readonly string[];
  readonly ownerOf: (key: SealedValue['key']) => SealOwner;
}

const columns = [
  {
    what: 'variables',
    table: 'variables',
    column: 'value',
    key: ['owner_kind', 'owner_id', 'name_key'],
    where: raw<boolean>`secret = 1 and value <> ''`,
    kinds: ['device', 'collection', 'run'],
  },
  { what: 'runs', table: 'runs', column: 'sealing_key', key: ['id'], where: raw<boolean>`sealing_key <> ''`, kinds: ['run'] },
  { what: 'recovery keys', table: 'recovery_keys', column: 'key', key: ['id'], where: raw<boolean>`"key" <> ''`, kinds: ['recovery-key'] },
  { what: 'state stores', table: 'state_stores', column: 'key', key: ['id'], where: raw<boolean>`"key" <> ''`, kinds: ['state-store'] },
  {
    what: 'debugger commands',
    table: 'debug_orders',
    column: 'command',
    key: ['run_id', 'number'],
    where: raw<boolean>`command <> ''`,
    kinds: ['debug-order'],
  },
  {
    what: 'webhook secrets',
    table: 'webhooks',
    column: 'secret',
    key: ['subscription_id'],
    where: raw<boolean>`secret <> ''`,
    kinds: ['webhook'],
  },
  {
    what: 'previous webhook secrets',
    table: 'webhooks',
    column: 'previous_secret',
    key: ['subscription_id'],
    where: raw<boolean>`previous_secret is not null`,
    kinds: ['webhook'],
  },
  {
    what: 'second factors',
    table: 'second_factors',
    column: 'sealed_secret',
    key: ['account_id'],
    where: raw<boolean>`sealed_secret <> ''`,
    kinds: ['account'],
  },
  {
    what: 'passwords of the mail server',
    table: 'mail_server',
    column: 'password',
    key: ['id'],
    where: raw<boolean>`password is not null`,
    kinds: ['mail-server'],
  },
  {
    what: 'client secrets of identity providers',
    table: 'identity_providers',
    column: 'sealed_client_secret',
    key: ['id'],
    where: raw<boolean>`sealed_client_secret is not null`,
    kinds: ['identity-provider'],
  },
  {
    what: 'sign-ins that were begun',
    table: 'provider_sign_ins',
    column: 'sealed_checks',
    key: ['state_hash'],
    where: raw<boolean>`sealed_checks <> ''`,
    kinds: ['provider-sign-in'],
  },
] as const satisfies readonly Omit<SealedColumn, 'ownerOf'>[];

/** What is bound to a sealed value. The proof for a retry is kept by the computer, for a day, and is not sealed again. */
export type SealOwner = `${(typeof columns)[number]['kinds'][number] | 'retry'}/${string}`;

/** What comes behind the kind of the owner, by column. */
const ownersOf: Readonly<Record<(typeof columns)[number]['what'], SealedColumn['ownerOf']>> = {
  // Safe: the kinds of owners are the column's.
  variables: ([kind, id, name]) => `${kind}/${id}/${name}` as SealOwner,
  runs: ([id]) => `run/${id}`,
  'recovery keys': ([id]) => `recovery-key/${id}`,
  'state stores': ([id]) => `state-store/${id}`,
  'debugger commands': ([runId]) => `debug-order/${runId}`,
  'webhook secrets': ([id]) => `webhook/${id}`,
  'previous webhook secrets': ([id]) => `webhook/${id}`,
  'second factors': ([id]) => `account/${id}/second-factor`,
  'passwords of the mail server': ([id]) => `mail-server/${id}`,
  'client secrets of identity providers': ([id]) => `identity-provider/${id}`,
  'sign-ins that were begun': ([stateHash]) => `provider-sign-in/${stateHash}`,
};

export const sealedColumns: readonly SealedColumn[] = columns.map((column) => ({ ...column, ownerOf: ownersOf[column.what] }));

export interface SealedValue {
  readonly key: readonly (string | number)[];
  readonly sealed: string;
}

/** How many values the column holds, and how many of them are not under this key. */
export async function countSealed(
  sql: Queries,
  { table, column, where }: SealedColumn,
  keyId: string,
): Promise<{ readonly values: number; readonly older: number }> {
  const { rows } = await raw<{ total: number | string; older: number | string | null }>`
    select count(*) as total, sum(case when ${raw.ref(column)} like ${`${keyId}.%`} then 0 else 1 end) as older
    from ${raw.table(table)} where ${where}`.execute(sql);
  return { values: Number(rows[0]?.total ?? 0), older: Number(rows[0]?.older ?? 0) };
}

/** Values that are not under this key, behind `after` in the order of the rows. Rows that somebody else writes now are left out. */
export async function olderValues(
  sql: Queries,
  { table, column, key, where }: SealedColumn,
  from: { readonly keyId: string; readonly after: SealedValue['key'] | null; readonly limit: number; readonly locks: boolean },
): Promise<SealedValue[]> {
  const names = raw.join(key.map((name) => raw.ref(name)));
  const behind = from.after === null ? raw`` : raw`and (${names}) > (${raw.join(from.after)})`;
  const { rows } = await raw<Record<string, string | number>>`
    select ${names}, ${raw.ref(column)} as sealed_value from ${raw.table(table)}
    where ${where} and ${raw.ref(column)} not like ${`${from.keyId}.%`} ${behind}
    order by ${names} limit ${from.limit} ${from.locks ? raw`for update skip locked` : raw``}`.execute(sql);
  return rows.map((row) => ({ key: key.map((name) => row[name] ?? ''), sealed: String(row['sealed_value']) }));
}

export async function replaceSealed(sql: Queries, { table, column, key }: SealedColumn, value: SealedValue): Promise<void> {
  const same = key.map((name, index) => raw`${raw.ref(name)} = ${value.key[index]}`);
  await raw`update ${raw.table(table)} set ${raw.ref(column)} = ${value.sealed} where ${raw.join(same, raw` and `)}`.execute(sql);
}
