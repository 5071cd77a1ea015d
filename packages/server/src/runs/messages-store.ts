/** Status messages of runs: each number once. */
import type { StatusMessage } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';

/** @returns those that were new. The same number again is the same message: the agent did not hear that it had arrived. */
export async function addMessages(
  sql: Queries,
  runId: string,
  messages: readonly StatusMessage[],
  receivedAtMs: number,
): Promise<StatusMessage[]> {
  if (messages.length === 0) return [];
  const rows = messages.map((message) => {
    return { run_id: runId, sequence: message.sequence, message: JSON.stringify(message), received_at: receivedAtMs };
  });
  const added = await sql
    .insertInto('run_messages')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['run_id', 'sequence']).doNothing())
    .returning('sequence')
    .execute();
  const sequences = new Set(added.map(({ sequence }) => sequence));
  return messages.filter(({ sequence }) => sequences.has(sequence));
}

/** Of a run, oldest first: with numbers above `after`, and up to `through` where that is given. */
export async function listMessages(
  sql: Queries,
  runId: string,
  { after = 0, through }: { readonly after?: number; readonly through?: number },
): Promise<StatusMessage[]> {
  let query = sql
    .selectFrom('run_messages')
    .select('message')
    .where('run_id', '=', runId)
    .where('sequence', '>', after)
    .orderBy('sequence');
  if (through !== undefined) query = query.where('sequence', '<=', through);
  const rows = await query.execute();
  // Safe: addMessages wrote it, and it was parsed by its schema when it came.
  return rows.map(({ message }) => JSON.parse(message) as StatusMessage);
}

/** 0 when there is none. */
export async function lastMessageSequence(sql: Queries, runId: string): Promise<number> {
  const row = await sql
    .selectFrom('run_messages')
    .select((select) => select.fn.max('sequence').as('sequence'))
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return row?.sequence ?? 0;
}
