/** Commands on their way to the debugger of a run: numbered, kept sealed (one may hold a secret), gone once the journal calls them settled. */
import { DebugCommand, type DebugOrder, type EngineState } from '@ostler/contract';
import type { SealOwner } from '../sealing/sealed-columns.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { Queries } from '../devices/store.ts';
import type { RunRow } from './store.ts';

/** Numbers the next order of the run. Whoever does it next waits for the end of this transaction. */
export async function nextOrderNumber(sql: Queries, runId: string): Promise<number> {
  const { debug_orders } = await sql
    .updateTable('runs')
    .set((set) => ({ debug_orders: set('debug_orders', '+', 1) }))
    .where('id', '=', runId)
    .returning('debug_orders')
    .executeTakeFirstOrThrow();
  return debug_orders;
}

export async function addOrder(sql: Queries, runId: string, { number, command }: DebugOrder, seal: SecretSeal): Promise<void> {
  const sealed = await seal.seal(sql, JSON.stringify(command), ownerOf(runId));
  await sql.insertInto('debug_orders').values({ run_id: runId, number, command: sealed }).execute();
}

/** In order. A run that has had none costs no query. */
export async function pendingOrders(
  sql: Queries,
  { id, debug_orders }: Pick<RunRow, 'id' | 'debug_orders'>,
  seal: SecretSeal,
): Promise<DebugOrder[]> {
  if (debug_orders === 0) return [];
  const rows = await sql.selectFrom('debug_orders').selectAll().where('run_id', '=', id).orderBy('number').execute();
  return Promise.all(
    rows.map(async ({ number, command }) => {
      return { number, command: DebugCommand.parse(JSON.parse(await seal.open(sql, command, ownerOf(id)))) };
    }),
  );
}

/** The run has obeyed or refused them, as its state says. */
export async function dropSettledOrders(sql: Queries, runId: string, state: EngineState): Promise<void> {
  const last = state.debugger.settled.at(-1);
  if (last === undefined) return;
  await sql.deleteFrom('debug_orders').where('run_id', '=', runId).where('number', '<=', last.number).execute();
}

function ownerOf(runId: string): SealOwner {
  return `debug-order/${runId}`;
}
