/** Variables of devices, collections and runs: secrets sealed at rest and never sent back. Precedence is the assignment's. */
import { OstlerError, VariableQuestion, type Variable } from '@ostler/contract';
import type { Tables } from '../database/tables.ts';
import { markStale, type Queries } from './store.ts';
import type { SealOwner } from '../sealing/sealed-columns.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';

export interface VariableOwner {
  readonly kind: 'device' | 'collection' | 'run';
  readonly id: string;
}
/** A variable with the means to open it. */
export interface StoredVariable {
  readonly name: string;
  readonly secret: boolean;
  /** It has no value: a person is asked for it. */
  readonly asked: boolean;
  readonly question: VariableQuestion | null;
  /** In clear; opens the seal of a secret one. @throws OstlerError SECRET_SEAL_BROKEN */
  readonly open: () => Promise<string>;
}

export async function listVariables(sql: Queries, owner: VariableOwner): Promise<Variable[]> {
  const rows = await rowsOf(sql, owner);
  return rows.map(asVariable);
}

export async function readVariables(sql: Queries, owner: VariableOwner, seal: SecretSeal): Promise<StoredVariable[]> {
  const rows = await rowsOf(sql, owner);
  return rows.map((row) => {
    const { name, secret, asked, question } = asVariable(row);
    return {
      name,
      secret,
      asked,
      question,
      open: async () => (secret && !asked ? seal.open(sql, row.value, sealOwner(owner, row.name_key)) : row.value),
    };
  });
}

export async function setVariable(
  sql: Queries,
  owner: VariableOwner,
  variable: Pick<Variable, 'name' | 'secret'> & { readonly value: string; readonly question?: VariableQuestion | null },
  seal: SecretSeal,
): Promise<Variable> {
  const { name, secret, question = null } = variable;
  const key = name.toLowerCase();
  const value = secret && variable.value !== '' ? await seal.seal(sql, variable.value, sealOwner(owner, key)) : variable.value;
  const values = {
    name,
    value,
    secret: secret ? (1 as const) : (0 as const),
    question: question === null ? null : JSON.stringify(question),
  };
  await sql
    .insertInto('variables')
    .values({ owner_kind: owner.kind, owner_id: owner.id, name_key: key, ...values })
    .onConflict((conflict) => conflict.columns(['owner_kind', 'owner_id', 'name_key']).doUpdateSet(values))
    .execute();
  if (owner.kind === 'device') await markStale(sql, owner.id);
  return asVariable(values);
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
  if (owner.kind === 'device') await markStale(sql, owner.id);
}

function asVariable({ name, value, secret, question }: Pick<Tables['variables'], 'name' | 'value' | 'secret' | 'question'>): Variable {
  return {
    name,
    value: secret === 1 ? null : value,
    secret: secret === 1,
    asked: value === '',
    question: question === null ? null : VariableQuestion.parse(JSON.parse(question)),
  };
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

function sealOwner(owner: VariableOwner, nameKey: string): SealOwner {
  return `${owner.kind}/${owner.id}/${nameKey}`;
}
