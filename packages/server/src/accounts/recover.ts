/**
 * What whoever has the server's own files does for an account that cannot sign in any more. No other account is needed: it may be the last
 * administrator's.
 */
import { OstlerError } from '@ostler/contract';
import { administratorIds } from '../access/assignments-store.ts';
import { appendEntry } from '../audit/audit-chain.ts';
import type { Database } from '../database/database.ts';
import { isOneOf } from '../database/is-one-of.ts';
import type { Queries } from '../devices/store.ts';
import { setOneTimePassword } from './administer.ts';
import { hashPassword } from './password-hash.ts';
import { oneTimePassword } from './readable-secret.ts';
import { deleteSecondFactor } from './second-factor-store.ts';

/** What is to be done; at least one of them. */
export interface Recovery {
  readonly resetPassword: boolean;
  readonly removeSecondFactor: boolean;
}

export interface Recovered {
  /** It must be changed at the first sign-in; null: the password stays. */
  readonly password: string | null;
  /** It stays disabled: somebody else's decision is not taken back. */
  readonly disabled: boolean;
}

/** All of it with its entry in the audit log, or nothing. The sessions end, API tokens go on. @throws OstlerError ACCOUNT_UNKNOWN */
export async function recoverAccount({ sql }: Database, name: string, recovery: Recovery, nowMs: number): Promise<Recovered> {
  const password = recovery.resetPassword ? oneTimePassword() : null;
  const hash = password === null ? null : await hashPassword(password);
  return sql.transaction().execute(async (transaction) => {
    const { id, disabled } = await getNamed(transaction, name);
    if (hash !== null) await setOneTimePassword(transaction, id, hash);
    if (recovery.removeSecondFactor) await deleteSecondFactor(transaction, id);
    await transaction.deleteFrom('sessions').where('account_id', '=', id).execute();
    await appendEntry(transaction, recordOf(id, recovery), nowMs);
    return { password, disabled: disabled === 1 };
  });
}

async function getNamed(sql: Queries, name: string) {
  const account = await sql.selectFrom('accounts').select(['id', 'disabled']).where('name', '=', name).executeTakeFirst();
  if (account !== undefined) return account;
  const named = sql
    .selectFrom('accounts')
    .select('name')
    .where(isOneOf(sql, 'id', await administratorIds(sql)));
  const administrators = (await named.orderBy('name').execute()).map((each) => each.name);
  throw new OstlerError('ACCOUNT_UNKNOWN', { name, administrators: administrators.join(', ') || 'none' });
}

/** No route has this name. */
const operation = 'accounts.recover';

function recordOf(objectId: string, recovery: Recovery) {
  const actor = { actorKind: 'system', actorId: null, actorName: 'command line of the server', address: '' } as const;
  return { ...actor, operation, objectId, result: 'done', errorCode: null, request: { ...recovery }, changes: {} } as const;
}
