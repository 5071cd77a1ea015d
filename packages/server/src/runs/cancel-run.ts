/** Ends a run that somebody wants to end: at its next safe point, or at once where its machine is gone. */
import type { Queries } from '../devices/store.ts';
import { endRun, getRunRow, type RunRow } from './store.ts';

/** A machine that has said nothing for this long is taken for gone when its run is cancelled. The agent reports every few seconds. */
const goneAfterMs = 120_000;

/** Call it inside a transaction. @throws OstlerError NOT_FOUND, RUN_ENDED */
export async function cancelRun(sql: Queries, id: string, nowMs: number): Promise<RunRow> {
  const run = await getRunRow(sql, id);
  const gone = nowMs - run.last_contact_at > goneAfterMs;
  // Ended already: endRun says so.
  if (gone || run.state !== 'running') await endRun(sql, id, 'cancelled', nowMs);
  else await sql.updateTable('runs').set({ cancel_requested: 1 }).where('id', '=', id).execute();
  return getRunRow(sql, id);
}
