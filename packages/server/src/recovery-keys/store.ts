/** The rows of recovery keys: sealed at rest, never replaced and never deleted, because a disk may still need an old one. */
import { OstlerError, type EscrowRecoveryKey, type RecoveryKey } from '@ostler/contract';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { Queries } from '../devices/store.ts';
import { newId } from '../database/new-id.ts';
import { isoTime } from '../iso-time.ts';
import type { RecoveryKeyTables } from './tables.ts';

type Row = RecoveryKeyTables['recovery_keys'];

export interface KeyOrigin {
  readonly deviceId: string;
  readonly deviceName: string;
  readonly runId: string;
  readonly nowMs: number;
}

/** Call it in a transaction. */
export async function addRecoveryKey(sql: Queries, escrowed: EscrowRecoveryKey, origin: KeyOrigin, seal: SecretSeal): Promise<string> {
  const id = newId('recovery-key');
  await sql
    .insertInto('recovery_keys')
    .values({
      id,
      device_id: origin.deviceId,
      device_name: origin.deviceName,
      volume_id: escrowed.volumeId,
      mount_point: escrowed.mountPoint,
      key: await seal.seal(sql, escrowed.key, `recovery-key/${id}`),
      run_id: origin.runId,
      created_at: origin.nowMs,
    })
    .execute();
  return id;
}

/** The newest first. */
export async function listRecoveryKeys(
  sql: Queries,
  wanted: { readonly deviceId?: string | undefined; readonly volumeId?: string | undefined },
): Promise<RecoveryKey[]> {
  let rows = sql.selectFrom('recovery_keys').selectAll();
  if (wanted.deviceId !== undefined) rows = rows.where('device_id', '=', wanted.deviceId);
  if (wanted.volumeId !== undefined) rows = rows.where('volume_id', '=', wanted.volumeId);
  return (await rows.orderBy('created_at', 'desc').orderBy('id').execute()).map(asRecoveryKey);
}

/** @throws OstlerError NOT_FOUND, SECRET_SEAL_BROKEN */
export async function openRecoveryKey(sql: Queries, id: string, seal: SecretSeal): Promise<RecoveryKey & { readonly key: string }> {
  const row = await sql.selectFrom('recovery_keys').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'recovery key', id });
  return { ...asRecoveryKey(row), key: await seal.open(sql, row.key, `recovery-key/${id}`) };
}

function asRecoveryKey(row: Row): RecoveryKey {
  return {
    id: row.id,
    deviceId: row.device_id,
    deviceName: row.device_name,
    volumeId: row.volume_id,
    mountPoint: row.mount_point,
    createdAt: isoTime(row.created_at),
  };
}
