/** Variables of devices and collections: secrets sealed at rest and never sent back. Precedence is the assignment's. */
import { OstlerError, type Variable } from '@ostler/contract';
import type { Queries } from './store.ts';
import type { SecretSeal } from './secret-seal.ts';

export interface VariableOwner {
  readonly kind: 'device' | 'collection';
  readonly id: string;
}
/** A variable with the means to open it. */
export interface StoredVariable {
  readonly name: string;
  readonly secret: boolean;
  /** In clear; opens the seal of a secret one. @throws OstlerError SECRET_SEAL_BROKEN */
  readonly open: () => string;
}

export async function listVariables(sql: Queries, owner: VariableOwner): Promise<Variable[]> {
  const rows = await rowsOf(sql, owner);
  return rows.map(({ name, value, secret }) => ({ name, value: secret === 1 ? null : value, secret: secret === 1 }));
}

export async function readVariables(sql: Queries, owner: VariableOwner, seal: SecretSeal): Promise<StoredVariable[]> {
  const rows = await rowsOf(sql, owner);
  return rows.map(({ name, name_key, value, secret }) => ({
    name,
    secret: secret === 1,
    open: () => (secret === 1 ? seal.open(value, sealOwner(owner, name_key)) : value),
  }));
}

export async function setVariable(
  sql: Queries,
  owner: VariableOwner,
  variable: { readonly name: string; readonly value: string; readonly secret: boolean },
  seal: SecretSeal,
): Promise<Variable> {
  const { name, secret } = variable;
  const key = name.toLowerCase();
  const value = secret ? seal.seal(variable.value, sealOwner(owner, key)) : variable.value;
  const values = { name, value, secret: secret ? (1 as const) : (0 as const) };
  await sql
    .insertInto('variables')
    .values({ owner_kind: owner.kind, owner_id: owner.id, name_key: key, ...values })
    .onConflict((conflict) => conflict.columns(['owner_kind', 'owner_id', 'name_key']).doUpdateSet(values))
    .execute();
  return { name, value: secret ? null : variable.value, secret };
}

/** @throws OstlerError NOT_FOUND */
export async function deleteVariable(sql: Queries, owner: VariableOwner, name: string): Promise<void> {
  const { numDeletedRows } = await sql
    .deleteFrom('variables')
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .where('name_key', '=', name.toLowerCase())
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new OstlerError('NOT_FOUND', { kind: 'variable', id: name });
}

function rowsOf(sql: Queries, owner: VariableOwner) {
  return sql
    .selectFrom('variables')
    .selectAll()
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .orderBy('name_key')
    .execute();
}

function sealOwner(owner: VariableOwner, nameKey: string): string {
  return `${owner.kind}/${owner.id}/${nameKey}`;
}
