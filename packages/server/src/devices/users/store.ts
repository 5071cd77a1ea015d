/** Users of devices in the database. Whether a run may name them: agent-api/users-of-run.ts. */
import { OstlerError, type DeviceUser, type DeviceUserQuery, type DeviceUserSource, type DeviceUserState } from '@ostler/contract';
import { sql as raw, type RawBuilder, type SqlBool } from 'kysely';
import type { Tables } from '../../database/tables.ts';
import { isoTime, isoTimeOrNull } from '../../iso-time.ts';
import { markStale, refreshSearchWords, type Queries } from '../store.ts';

export interface Naming {
  readonly state: DeviceUserState;
  readonly source: DeviceUserSource;
  /** An account, or a task sequence by its name. */
  readonly by: string;
  readonly runId: string | null;
  readonly nowMs: number;
}

type Row = Tables['device_users'];
type NamedRow = Row & { readonly device_name: string };

/**
 * Says that a device is for these users. One that is confirmed already stays as it is; one that waits is confirmed where this is certain. Call it
 * inside a transaction.
 */
export async function nameUsers(sql: Queries, deviceId: string, users: readonly string[], naming: Naming): Promise<void> {
  let changes = 0;
  for (const user of users) if (await nameUser(sql, deviceId, user, naming)) changes += 1;
  if (changes > 0) await settleWords(sql, deviceId);
}

/** @returns whether it is new, or confirmed now */
async function nameUser(sql: Queries, deviceId: string, user: string, { state, source, by, runId, nowMs }: Naming): Promise<boolean> {
  const user_key = user.toLowerCase();
  const named = { named_by: by, named_at: nowMs, run_id: runId, approved_by: null, approved_at: null };
  const inserted = await sql
    .insertInto('device_users')
    .values({ device_id: deviceId, user_key, user_name: user, state, source, ...named })
    .onConflict((conflict) => conflict.columns(['device_id', 'user_key']).doNothing())
    .returning('user_key')
    .executeTakeFirst();
  if (inserted !== undefined || state === 'pending') return inserted !== undefined;
  return confirm(sql, deviceId, user_key, { by, nowMs });
}

/** @throws OstlerError NOT_FOUND, DEVICE_USER_NOT_WAITING */
export async function approveUser(
  sql: Queries,
  deviceId: string,
  user: string,
  approval: { readonly by: string; readonly nowMs: number },
): Promise<void> {
  const confirmed = await confirm(sql, deviceId, user.toLowerCase(), approval);
  if (!confirmed) throw notWaiting(await getUser(sql, deviceId, user));
  await settleWords(sql, deviceId);
}

/** @throws OstlerError NOT_FOUND, DEVICE_USER_NOT_WAITING */
export async function rejectUser(sql: Queries, deviceId: string, user: string): Promise<void> {
  const { numDeletedRows } = await sql
    .deleteFrom('device_users')
    .where('device_id', '=', deviceId)
    .where('user_key', '=', user.toLowerCase())
    .where('state', '=', 'pending')
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw notWaiting(await getUser(sql, deviceId, user));
}

/** @throws OstlerError NOT_FOUND */
export async function removeUser(sql: Queries, deviceId: string, user: string): Promise<void> {
  const { numDeletedRows } = await sql
    .deleteFrom('device_users')
    .where('device_id', '=', deviceId)
    .where('user_key', '=', user.toLowerCase())
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new OstlerError('NOT_FOUND', { kind: 'user of the device', id: user });
  await settleWords(sql, deviceId);
}

/** @throws OstlerError NOT_FOUND */
export async function getUser(sql: Queries, deviceId: string, user: string): Promise<DeviceUser> {
  const row = await namedUsers(sql).where('device_id', '=', deviceId).where('user_key', '=', user.toLowerCase()).executeTakeFirst();
  if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'user of the device', id: user });
  return asDeviceUser(row);
}

export async function usersOfDevice(sql: Queries, deviceId: string): Promise<DeviceUser[]> {
  return (await namedUsers(sql).where('device_id', '=', deviceId).orderBy('user_key').execute()).map(asDeviceUser);
}

/** A subquery: the devices that are for this user. */
export function devicesOf(sql: Queries, user: string) {
  return sql.selectFrom('device_users').select('device_id').where('user_key', '=', user.toLowerCase()).where('state', '=', 'confirmed');
}

/** Which page: `after` is the key and the device of the last one, with a sign between them that neither has. @param among which there are to begin with */
export async function userPage(
  sql: Queries,
  { state, user, after, limit }: DeviceUserQuery,
  among: RawBuilder<SqlBool>,
): Promise<{ items: DeviceUser[]; next: string | null }> {
  let query = namedUsers(sql)
    .where(among)
    .orderBy('user_key')
    .orderBy('device_id')
    .limit(limit + 1);
  if (state !== undefined) query = query.where('device_users.state', '=', state);
  if (user !== undefined) query = query.where('user_key', '=', user.toLowerCase());
  if (after !== undefined) {
    const [key = '', deviceId = ''] = after.split('|');
    query = query.where(raw<SqlBool>`(user_key, device_id) > (${key}, ${deviceId})`);
  }
  const found = await query.execute();
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map(asDeviceUser), next: found.length > limit && last ? `${last.user_key}|${last.device_id}` : null };
}

async function confirm(
  sql: Queries,
  deviceId: string,
  userKey: string,
  { by, nowMs }: { readonly by: string; readonly nowMs: number },
): Promise<boolean> {
  const { numUpdatedRows } = await sql
    .updateTable('device_users')
    .set({ state: 'confirmed', approved_by: by, approved_at: nowMs })
    .where('device_id', '=', deviceId)
    .where('user_key', '=', userKey)
    .where('state', '=', 'pending')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** What queries ask of the device, and what it is found by, may be other now. */
async function settleWords(sql: Queries, deviceId: string): Promise<void> {
  await markStale(sql, deviceId);
  await refreshSearchWords(sql, deviceId);
}

function namedUsers(sql: Queries) {
  return sql
    .selectFrom('device_users')
    .innerJoin('devices', 'devices.id', 'device_users.device_id')
    .selectAll('device_users')
    .select('devices.name as device_name');
}

function notWaiting({ user, deviceName, state }: DeviceUser): OstlerError {
  return new OstlerError('DEVICE_USER_NOT_WAITING', { user, name: deviceName, state });
}

function asDeviceUser(row: NamedRow): DeviceUser {
  return {
    deviceId: row.device_id,
    deviceName: row.device_name,
    user: row.user_name,
    state: row.state,
    source: row.source,
    namedBy: row.named_by,
    namedAt: isoTime(row.named_at),
    runId: row.run_id,
    approvedBy: row.approved_by,
    approvedAt: isoTimeOrNull(row.approved_at),
  };
}
