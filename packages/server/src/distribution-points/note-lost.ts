/** Distribution points that are not heard of any more, and those that are again. */
import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import type { Queries } from '../devices/store.ts';
import { recordEvent } from '../events/record-event.ts';
import { isoTimeOrNull } from '../iso-time.ts';
import { silentAfterMs } from './point-store.ts';
import type { PointRow } from './wanted-content.ts';

/** Each is noted once, by one server. */
export async function noteLostPoints({ sql }: Database, nowMs: number, log: Logger): Promise<void> {
  await sql.transaction().execute(async (transaction) => {
    const lost = await transaction
      .updateTable('distribution_points')
      .set({ lost_at: nowMs })
      .where('enrolled_at', 'is not', null)
      .where('revoked_at', 'is', null)
      .where('lost_at', 'is', null)
      .where('last_seen_at', '<', nowMs - silentAfterMs)
      .returningAll()
      .execute();
    for (const row of lost) {
      log.warn({ distributionPointId: row.id, distributionPointName: row.name }, 'distribution point is not heard of any more');
      await recordEvent(transaction, 'distribution-point.lost', { data: dataOf(row), nowMs });
    }
  });
}

/** It has just been heard of. Call it inside a transaction. @returns whether it was lost */
export async function noteFoundPoint(sql: Queries, row: PointRow, nowMs: number): Promise<boolean> {
  if (row.lost_at === null) return false;
  await sql.updateTable('distribution_points').set({ lost_at: null }).where('id', '=', row.id).execute();
  await recordEvent(sql, 'distribution-point.found', { data: dataOf(row), nowMs });
  return true;
}

function dataOf({ id, name, last_seen_at }: PointRow) {
  return { distributionPoint: { id, name }, lastSeenAt: isoTimeOrNull(last_seen_at) };
}
