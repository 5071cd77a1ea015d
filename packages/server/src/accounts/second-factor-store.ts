/** Rows of second factors and recovery codes. Recovery codes are kept as SHA-256 only: 80 random bits need no slow hash. */
import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '../database/database.ts';
import type { Tables } from '../database/tables.ts';
import type { Queries } from '../devices/store.ts';
import type { SiteTables } from './tables.ts';

export type SecondFactorRow = SiteTables['second_factors'];

export class SecondFactorStore {
  readonly #sql: Kysely<Tables>;

  constructor({ sql }: Pick<Database, 'sql'>) {
    this.#sql = sql;
  }

  find(accountId: string): Promise<SecondFactorRow | undefined> {
    return this.#sql.selectFrom('second_factors').selectAll().where('account_id', '=', accountId).executeTakeFirst();
  }

  async countRecoveryCodes(accountId: string): Promise<number> {
    const query = this.#sql.selectFrom('recovery_codes').select(({ fn }) => fn.countAll<number>().as('count'));
    return (await query.where('account_id', '=', accountId).executeTakeFirstOrThrow()).count;
  }

  /** In place of one that was never confirmed. @returns false when there is a confirmed one */
  async insert(accountId: string, sealedSecret: (sql: Queries) => Promise<string>, nowMs: number): Promise<boolean> {
    return this.#sql.transaction().execute(async (transaction) => {
      const values = { sealed_secret: await sealedSecret(transaction), created_at: nowMs, last_step: 0 };
      const inserted = await transaction
        .insertInto('second_factors')
        .values({ account_id: accountId, confirmed_at: null, ...values })
        .onConflict((conflict) => conflict.column('account_id').doUpdateSet(values).where('second_factors.confirmed_at', 'is', null))
        .returning('account_id')
        .executeTakeFirst();
      return inserted !== undefined;
    });
  }

  /** @returns false when it was confirmed already, or replaced meanwhile by one with another secret */
  async confirm({ account_id, sealed_secret }: SecondFactorRow, step: number, codes: readonly string[], nowMs: number): Promise<boolean> {
    return this.#sql.transaction().execute(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('second_factors')
        .set({ confirmed_at: nowMs, last_step: step })
        .where('account_id', '=', account_id)
        .where('sealed_secret', '=', sealed_secret)
        .where('confirmed_at', 'is', null)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      await replaceCodes(transaction, account_id, codes);
      return true;
    });
  }

  /** Of two sign-ins with one code, on two servers too, one gets it. @returns false when this step or a later one was used */
  async useStep(accountId: string, step: number): Promise<boolean> {
    const query = this.#sql.updateTable('second_factors').set({ last_step: step });
    return (await query.where('account_id', '=', accountId).where('last_step', '<', step).executeTakeFirst()).numUpdatedRows > 0n;
  }

  /** @returns false when there is no such code, or it was used */
  async useRecoveryCode(accountId: string, code: string): Promise<boolean> {
    const query = this.#sql.deleteFrom('recovery_codes').where('account_id', '=', accountId).where('code_hash', '=', hashOf(code));
    return (await query.executeTakeFirst()).numDeletedRows > 0n;
  }

  async replaceRecoveryCodes(accountId: string, codes: readonly string[]): Promise<void> {
    await this.#sql.transaction().execute((transaction) => replaceCodes(transaction, accountId, codes));
  }
}

/** With its recovery codes. @returns false when the account has none */
export async function deleteSecondFactor(sql: Queries, accountId: string): Promise<boolean> {
  return (await sql.deleteFrom('second_factors').where('account_id', '=', accountId).executeTakeFirst()).numDeletedRows > 0n;
}

async function replaceCodes(sql: Queries, accountId: string, codes: readonly string[]): Promise<void> {
  await sql.deleteFrom('recovery_codes').where('account_id', '=', accountId).execute();
  const rows = codes.map((code) => ({ account_id: accountId, code_hash: hashOf(code) }));
  await sql.insertInto('recovery_codes').values(rows).execute();
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}
