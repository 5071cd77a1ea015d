/** Notes that a run has begun or ended, for those who are told of it. */
import { Failure, type EventData, type RunState } from '@ostler/contract';
import type { Queries } from '../devices/store.ts';
import { recordEvent } from '../events/record-event.ts';
import type { Tables } from '../database/tables.ts';
import { namesOf } from './shown-run.ts';

type Row = Tables['runs'];

/** It has begun, or has begun again. Call it inside the transaction that begins it. */
export async function noteRunBegun(sql: Queries, row: Row, nowMs: number): Promise<void> {
  await recordEvent(sql, 'run.begun', { data: { run: namesOf(row) }, nowMs, deviceId: row.device_id });
}

/** Call it inside the transaction that ends it. */
export async function noteRunEnded(sql: Queries, row: Row, state: Exclude<RunState, 'running'>, nowMs: number): Promise<void> {
  const occurrence = { nowMs, deviceId: row.device_id };
  const run = namesOf(row);
  if (state === 'failed') await recordEvent(sql, 'run.failed', { ...occurrence, data: { run, failure: failureOf(row) } });
  else await recordEvent(sql, `run.${state}`, { ...occurrence, data: { run } });
}

/** Without the error's sentence, which may have the values of variables in it. */
function failureOf({ failure }: Row): EventData<'run.failed'>['failure'] {
  if (failure === null) return null;
  const { stepName, exitCode, error } = Failure.parse(JSON.parse(failure));
  return { stepName, code: error.code, exitCode };
}
