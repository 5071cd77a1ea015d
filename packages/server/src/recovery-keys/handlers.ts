/** Handlers of the recovery keys: what administrators and the agent call. */
import { OstlerError } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import { requireOwnRun } from '../agent-api/handlers.ts';
import type { Handlers, HandlersOf } from '../http/handlers.ts';
import { getRunRow } from '../runs/store.ts';
import { addRecoveryKey, listRecoveryKeys, openRecoveryKey } from './store.ts';

export interface RecoveryKeyDependencies {
  readonly database: Database;
  readonly seal: SecretSeal;
  readonly now: () => number;
}

export type RecoveryKeyHandlers = HandlersOf<'recoveryKeys'> & Pick<Handlers, 'agent.escrowRecoveryKey'>;

export function recoveryKeyHandlers({ database, seal, now }: RecoveryKeyDependencies): RecoveryKeyHandlers {
  const { sql } = database;
  return {
    'recoveryKeys.list': async ({ query }) => ({ items: await listRecoveryKeys(sql, query) }),
    'recoveryKeys.reveal': async ({ params: { id } }, { caller, log }) => {
      if (caller.kind !== 'person') throw new OstlerError('FORBIDDEN', {});
      const opened = await openRecoveryKey(sql, id, seal);
      const { deviceId, deviceName, volumeId } = opened;
      log.warn({ recoveryKeyId: id, deviceId, deviceName, volumeId, accountName: caller.name }, 'recovery key shown');
      return opened;
    },
    'agent.escrowRecoveryKey': async ({ params, body }, { caller, log }) => {
      requireOwnRun(caller, params.id);
      const run = await getRunRow(sql, params.id);
      const origin = { deviceId: run.device_id, deviceName: run.device_name, runId: run.id, nowMs: now() };
      const recoveryKeyId = await sql.transaction().execute((transaction) => addRecoveryKey(transaction, body, origin, seal));
      log.info({ recoveryKeyId, runId: run.id, deviceName: run.device_name, volumeId: body.volumeId }, 'recovery key kept');
      return { ok: true };
    },
  };
}
