/**
 * A person at the target lets a failed run go on. The run's key is gone by then; the end of the run was answered with a proof that
 * is good for this alone: sealed with the site's key, for one end of one run, so that nothing has to be kept and it works once.
 */
import { isOstlerError, OstlerError } from '@ostler/contract';
import { z } from 'zod';
import { getDevice, updateDevice, type Queries } from '../devices/store.ts';
import type { SealOwner } from '../sealing/sealed-columns.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import { restartRun } from '../runs/restart-run.ts';
import { getRunRow, type RunRow } from '../runs/store.ts';
import { issueKey } from './agent-keys.ts';
import type { HelloDependencies } from './hello.ts';

/** Whoever comes by in the morning finds yesterday evening's failure. */
const proofLifeMs = 24 * 60 * 60_000;

const EndOfRun = z.strictObject({
  endedAtMs: z.number(),
  /** Of the boot that the run ended in: for the site it is the same machine afterwards. */
  claimHash: z.string().nullable(),
});
type EndOfRun = z.output<typeof EndOfRun>;

export function retryProof(sql: Queries, runId: string, end: EndOfRun, seal: SecretSeal): Promise<string> {
  return seal.seal(sql, JSON.stringify(end), ownerOf(runId));
}

/** @throws OstlerError RUN_RETRY_REFUSED, NOT_FOUND, RUN_IN_PROGRESS */
export async function retryRun(
  runId: string,
  proof: string,
  { database, seal, settings, now }: Pick<HelloDependencies, 'database' | 'seal' | 'settings' | 'now'>,
): Promise<{ readonly run: RunRow; readonly key: string }> {
  const refused = (problem: string): OstlerError => new OstlerError('RUN_RETRY_REFUSED', { id: runId, problem });
  const end = await openProof(database.sql, runId, proof, seal);
  if (end === null) throw refused('the proof is not of this run');
  if (!(await settings.get()).retryOnTarget) throw refused('the site does not permit it');
  const nowMs = now();
  if (nowMs - end.endedAtMs > proofLifeMs) throw refused('it ended too long ago');
  return database.sql.transaction().execute(async (transaction) => {
    const { state, ended_at, device_id } = await getRunRow(transaction, runId);
    if (state !== 'failed' || ended_at !== end.endedAtMs) throw refused('it has gone on or was ended meanwhile');
    const device = await getDevice(transaction, device_id);
    if (device.state === 'blocked' || device.state === 'pending') throw refused('the computer is no longer approved');
    const run = await restartRun(transaction, runId, null, nowMs);
    await updateDevice(transaction, device_id, { claim: end.claimHash === null ? null : { hash: end.claimHash, seenAtMs: null } });
    return { run, key: await issueKey(transaction, device_id, runId, nowMs) };
  });
}

/** null: sealed by nobody, or for another run. */
async function openProof(sql: Queries, runId: string, proof: string, seal: SecretSeal): Promise<EndOfRun | null> {
  try {
    return EndOfRun.parse(JSON.parse(await seal.open(sql, proof, ownerOf(runId))));
  } catch (error) {
    if (isOstlerError(error)) return null;
    throw error;
  }
}

function ownerOf(runId: string): SealOwner {
  return `retry/${runId}`;
}
