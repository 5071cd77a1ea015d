/** The rows of state stores. What may be done with one, and its content, are state-stores.ts. */
import { OstlerError, type StateStore } from '@ostler/contract';
import { sql as raw } from 'kysely';
import type { Queries } from '../devices/store.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import type { StateStoreTables } from './tables.ts';

export type StoreRow = StateStoreTables['state_stores'];

/** The newest first. @param deviceId that captured or restored it */
export async function listStores(sql: Queries, deviceId?: string): Promise<StateStore[]> {
  const rows = sql.selectFrom('state_stores').selectAll().orderBy('created_at', 'desc').orderBy('id');
  const wanted =
    deviceId === undefined ? rows : rows.where((is) => is.or([is('device_id', '=', deviceId), is('restore_device_id', '=', deviceId)]));
  return (await wanted.execute()).map(asStateStore);
}

/** @throws OstlerError NOT_FOUND */
export async function getStore(sql: Queries, id: string): Promise<StoreRow> {
  const row = await sql.selectFrom('state_stores').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'state store', id });
  return row;
}

export async function updateStore(sql: Queries, id: string, change: Partial<StoreRow>): Promise<void> {
  await sql.updateTable('state_stores').set(change).where('id', '=', id).execute();
}

/** The store that a run captures into; null before it asked for one, and after its release. */
export async function openStoreOf(sql: Queries, runId: string): Promise<StoreRow | null> {
  const rows = sql.selectFrom('state_stores').selectAll().where('run_id', '=', runId).where('state', '=', 'open');
  return (await rows.executeTakeFirst()) ?? null;
}

/** The newest whole store of these devices that has not expired. */
export async function newestCompleteOf(sql: Queries, deviceIds: readonly string[]): Promise<StoreRow | null> {
  const rows = sql.selectFrom('state_stores').selectAll().where('device_id', 'in', deviceIds);
  const whole = rows.where('state', 'in', ['complete', 'restored']).orderBy('completed_at', 'desc').orderBy('id');
  return (await whole.executeTakeFirst()) ?? null;
}

export interface StoreUse {
  readonly stores: number;
  readonly usedBytes: number;
}

/** What all stores with content take, without one of them. */
export async function useOf(sql: Queries, exceptId: string): Promise<StoreUse> {
  const { stores, bytes } = await sql
    .selectFrom('state_stores')
    // A sum is text in PostgreSQL: it may be larger than any number there.
    .select([raw<number>`count(*)`.as('stores'), raw<number | string>`coalesce(sum(size_bytes), 0)`.as('bytes')])
    .where('state', '!=', 'expired')
    .where('id', '!=', exceptId)
    .executeTakeFirstOrThrow();
  return { stores, usedBytes: Number(bytes) };
}

/** Runs that go on, of those given. */
export async function runningOf(sql: Queries, runIds: readonly (string | null)[]): Promise<string | null> {
  const ids = runIds.filter((id) => id !== null);
  if (ids.length === 0) return null;
  const running = await sql.selectFrom('runs').select('id').where('id', 'in', ids).where('state', '=', 'running').executeTakeFirst();
  return running?.id ?? null;
}

/** Restored ones whose time is over, and open ones that nothing came into since `idleSinceMs` and whose content never was whole. */
export async function dueStores(sql: Queries, nowMs: number, idleSinceMs: number): Promise<StoreRow[]> {
  const restored = await sql
    .selectFrom('state_stores')
    .selectAll()
    .where('state', '=', 'restored')
    .where('expires_at', '<=', nowMs)
    .execute();
  const open = sql.selectFrom('state_stores').selectAll().where('state', '=', 'open').where('sha256', 'is', null);
  return [...restored, ...(await open.where('active_at', '<', idleSinceMs).execute())];
}

export function asStateStore(row: StoreRow): StateStore {
  return {
    id: row.id,
    state: row.state,
    deviceId: row.device_id,
    deviceName: row.device_name,
    runId: row.run_id,
    restoreDeviceId: row.restore_device_id,
    restoreDeviceName: row.restore_device_name,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    createdAt: isoTime(row.created_at),
    completedAt: isoTimeOrNull(row.completed_at),
    restoredAt: isoTimeOrNull(row.restored_at),
    expiresAt: isoTimeOrNull(row.expires_at),
  };
}
