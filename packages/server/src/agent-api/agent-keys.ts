/** Per-device keys: what a machine that has proven itself carries. One a device, stored hashed, gone with its run. */
import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../database/database.ts';
import type { Queries } from '../devices/store.ts';
import type { AgentKeys } from '../http/access.ts';

/** Makes a key and forgets the one before it. `runId` is null while the machine has not chosen yet. */
export async function issueKey(sql: Queries, deviceId: string, runId: string | null, nowMs: number): Promise<string> {
  const key = randomBytes(32).toString('base64url');
  const values = { key_hash: hashOf(key), run_id: runId, created_at: nowMs };
  await sql
    .insertInto('agent_keys')
    .values({ device_id: deviceId, ...values })
    .onConflict((conflict) => conflict.column('device_id').doUpdateSet(values))
    .execute();
  return key;
}

export async function bindKeyToRun(sql: Queries, deviceId: string, runId: string): Promise<void> {
  await sql.updateTable('agent_keys').set({ run_id: runId }).where('device_id', '=', deviceId).execute();
}

/** A key has 256 random bits: a plain hash of it cannot be guessed, and the lookup by hash tells nothing by its time. */
export function createAgentKeys({ sql }: Database): AgentKeys {
  return {
    verify: async (key) => {
      const row = await sql.selectFrom('agent_keys').select(['device_id', 'run_id']).where('key_hash', '=', hashOf(key)).executeTakeFirst();
      return row === undefined ? null : { deviceId: row.device_id, runId: row.run_id };
    },
    verifyClient: async (key) => {
      const row = await sql
        .selectFrom('client_keys')
        .select(['device_id', 'last_poll_at'])
        .where('key_hash', '=', hashOf(key))
        .executeTakeFirst();
      return row === undefined ? null : { deviceId: row.device_id, lastPollAtMs: row.last_poll_at };
    },
  };
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
