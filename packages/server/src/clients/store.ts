/** Clients' keys and enrolment tokens in the database: both random, both kept as hashes. */
import { randomBytes } from 'node:crypto';
import { OstlerError, type CreateEnrolmentToken, type EnrolledClient, type EnrolmentToken } from '@ostler/contract';
import type { z } from 'zod';
import { hashOf } from '../agent-api/agent-keys.ts';
import { newId } from '../database/new-id.ts';
import type { Tables } from '../database/tables.ts';
import { getDevice, type Queries } from '../devices/store.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';

const hourMs = 3_600_000;

/** Makes a key for the device's client and forgets the one before it. */
export async function issueClientKey(
  sql: Queries,
  deviceId: string,
  enrolledBy: EnrolledClient['enrolledBy'],
  nowMs: number,
): Promise<string> {
  const key = randomBytes(32).toString('base64url');
  const values = { key_hash: hashOf(key), enrolled_at: nowMs, enrolled_by: enrolledBy, last_poll_at: null };
  await sql
    .insertInto('client_keys')
    .values({ device_id: deviceId, ...values })
    .onConflict((conflict) => conflict.column('device_id').doUpdateSet(values))
    .execute();
  return key;
}

/** @returns whether there was one */
export async function endClientKey(sql: Queries, deviceId: string): Promise<boolean> {
  const { numDeletedRows } = await sql.deleteFrom('client_keys').where('device_id', '=', deviceId).executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function hasClient(sql: Queries, deviceId: string): Promise<boolean> {
  return (await sql.selectFrom('client_keys').select('device_id').where('device_id', '=', deviceId).executeTakeFirst()) !== undefined;
}

export async function notePoll(sql: Queries, deviceId: string, nowMs: number): Promise<void> {
  await sql.updateTable('client_keys').set({ last_poll_at: nowMs }).where('device_id', '=', deviceId).execute();
}

export async function listClients(sql: Queries): Promise<EnrolledClient[]> {
  const rows = await sql
    .selectFrom('client_keys')
    .innerJoin('devices', 'devices.id', 'client_keys.device_id')
    .select(['device_id', 'devices.name', 'enrolled_at', 'enrolled_by', 'last_poll_at'])
    .orderBy('devices.name')
    .execute();
  return rows.map((row) => ({
    id: row.device_id,
    deviceName: row.name,
    enrolledAt: isoTime(row.enrolled_at),
    enrolledBy: row.enrolled_by,
    lastPollAt: isoTimeOrNull(row.last_poll_at),
  }));
}

/** @throws OstlerError NOT_FOUND for a device that is not there */
export async function createToken(
  sql: Queries,
  { deviceId, hours }: z.output<typeof CreateEnrolmentToken>,
  createdBy: string,
  nowMs: number,
): Promise<EnrolmentToken & { readonly token: string }> {
  const deviceName = deviceId === null ? null : (await getDevice(sql, deviceId)).name;
  const token = randomBytes(24).toString('base64url');
  const row = {
    id: newId('enrolment-token'),
    token_hash: hashOf(token),
    device_id: deviceId,
    created_by: createdBy,
    created_at: nowMs,
    expires_at: nowMs + hours * hourMs,
  };
  await sql.insertInto('enrolment_tokens').values(row).execute();
  return { ...asToken({ ...row, name: deviceName }), token };
}

/** Those that can still be used; the others are forgotten here. */
export async function listTokens(sql: Queries, nowMs: number): Promise<EnrolmentToken[]> {
  await sql.deleteFrom('enrolment_tokens').where('expires_at', '<=', nowMs).execute();
  const rows = await sql
    .selectFrom('enrolment_tokens')
    .leftJoin('devices', 'devices.id', 'enrolment_tokens.device_id')
    .selectAll('enrolment_tokens')
    .select('devices.name')
    .orderBy('enrolment_tokens.created_at')
    .execute();
  return rows.map(asToken);
}

/** @throws OstlerError NOT_FOUND */
export async function deleteToken(sql: Queries, id: string): Promise<void> {
  const { numDeletedRows } = await sql.deleteFrom('enrolment_tokens').where('id', '=', id).executeTakeFirst();
  if (numDeletedRows === 0n) throw new OstlerError('NOT_FOUND', { kind: 'enrolment token', id });
}

/** A token that can still be used: which one it is, and for which device alone. */
export async function findToken(
  sql: Queries,
  token: string,
  nowMs: number,
): Promise<{ readonly id: string; readonly deviceId: string | null } | null> {
  const row = await sql
    .selectFrom('enrolment_tokens')
    .select(['id', 'device_id'])
    .where('token_hash', '=', hashOf(token))
    .where('expires_at', '>', nowMs)
    .executeTakeFirst();
  return row === undefined ? null : { id: row.id, deviceId: row.device_id };
}

function asToken(row: Omit<Tables['enrolment_tokens'], 'token_hash'> & { readonly name: string | null }): EnrolmentToken {
  return {
    id: row.id,
    deviceId: row.device_id,
    deviceName: row.name,
    createdBy: row.created_by,
    createdAt: isoTime(row.created_at),
    expiresAt: isoTime(row.expires_at),
  };
}
