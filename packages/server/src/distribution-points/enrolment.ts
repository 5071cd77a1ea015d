/** How a distribution point comes to its key: a ticket of one use, which ends by itself; and how it loses it. */
import { randomBytes } from 'node:crypto';
import { OstlerError } from '@ostler/contract';
import { hashOf } from '../agent-api/agent-keys.ts';
import type { Database } from '../database/database.ts';
import type { Queries } from '../devices/store.ts';
import type { PointKeys } from '../http/access.ts';
import { getPointRow } from './point-store.ts';
import type { PointRow } from './wanted-content.ts';

const ticketMs = 24 * 3_600_000;

/** @returns the ticket's secret, which is kept nowhere, and when it ends */
export async function makeTicket(
  sql: Queries,
  id: string,
  nowMs: number,
): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
  await getPointRow(sql, id);
  const token = randomBytes(32).toString('base64url');
  const expiresAtMs = nowMs + ticketMs;
  const values = { ticket_hash: hashOf(token), ticket_expires_at: expiresAtMs };
  await sql.updateTable('distribution_points').set(values).where('id', '=', id).execute();
  return { token, expiresAtMs };
}

/** Whose ticket this is. @throws OstlerError ENROLMENT_REFUSED */
export async function findByTicket(sql: Queries, token: string, nowMs: number): Promise<PointRow> {
  const row = await sql.selectFrom('distribution_points').selectAll().where('ticket_hash', '=', hashOf(token)).executeTakeFirst();
  if (row === undefined || (row.ticket_expires_at ?? 0) < nowMs) throw new OstlerError('ENROLMENT_REFUSED', {});
  return row;
}

/** Spends the ticket. An earlier key ends. @returns the key. @throws OstlerError ENROLMENT_REFUSED when somebody was faster */
export async function spendTicket(sql: Queries, token: string, nowMs: number): Promise<string> {
  const key = randomBytes(32).toString('base64url');
  const enrolled = { key_hash: hashOf(key), enrolled_at: nowMs, revoked_at: null, last_seen_at: nowMs };
  const { numUpdatedRows } = await sql
    .updateTable('distribution_points')
    .set({ ticket_hash: null, ticket_expires_at: null, ...enrolled })
    .where('ticket_hash', '=', hashOf(token))
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new OstlerError('ENROLMENT_REFUSED', {});
  return key;
}

/** Its key and its ticket end at once. */
export async function revoke(sql: Queries, id: string, nowMs: number): Promise<void> {
  await getPointRow(sql, id);
  const values = { key_hash: null, ticket_hash: null, ticket_expires_at: null, revoked_at: nowMs };
  await sql.updateTable('distribution_points').set(values).where('id', '=', id).execute();
}

/** Who may speak for a distribution point. */
export function createPointKeys({ sql }: Database): PointKeys {
  return {
    verify: async (key) => {
      const row = await sql.selectFrom('distribution_points').select('id').where('key_hash', '=', hashOf(key)).executeTakeFirst();
      return row?.id ?? null;
    },
  };
}
