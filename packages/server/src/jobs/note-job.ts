/** Notes how a job has ended, for those who are told of it. */
import type { JobKind } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';
import { recordEvent } from '../events/record-event.ts';
import type { JobEnd } from './job-store.ts';

/** Call it inside the transaction that ends it. */
export async function noteJobEnded(
  sql: Queries,
  job: { readonly id: string; readonly kind: JobKind; readonly subject: string },
  { state, error }: JobEnd,
  nowMs: number,
): Promise<void> {
  const kind = kindOf(job.kind, state);
  if (kind !== null) await recordEvent(sql, kind, { data: { job, code: error?.code ?? null }, nowMs });
}

/** What was cancelled, somebody has wanted so. */
function kindOf(job: JobKind, state: JobEnd['state']) {
  if (state === 'cancelled') return null;
  if (job === 'backup') return state === 'failed' ? 'backup.failed' : 'backup.succeeded';
  return state === 'failed' ? 'job.failed' : null;
}
