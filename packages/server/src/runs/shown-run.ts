/** A run as the API shows it. */
import { Failure, StepProgress, WindowWait, type EventData, type Run } from '@ostler/contract';
import type { Tables } from '../database/tables.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { traceIdOf } from '../tracing/span.ts';

type RunRow = Tables['runs'];

/** Whether its restart waits for a maintenance window, as the computer last said. */
export function windowWaitOf({ window_wait }: Pick<RunRow, 'window_wait'>): WindowWait | null {
  return window_wait === null ? null : WindowWait.parse(JSON.parse(window_wait));
}

function pauseOf({ pause_requested, paused }: Pick<RunRow, 'pause_requested' | 'paused'>): Run['pause'] {
  if (paused === 1) return 'paused';
  return pause_requested === 1 ? 'requested' : 'none';
}

/** What is shown of a run. A list of very many is read without the rest: definitions and journals are large. */
export const shownColumns = [
  'id',
  'deployment_id',
  'device_id',
  'device_name',
  'task_sequence_id',
  'task_sequence_name',
  'task_sequence_version',
  'state',
  'pause_requested',
  'paused',
  'debugger',
  'window_wait',
  'environment',
  'step',
  'failure',
  'started_at',
  'ended_at',
  'last_contact_at',
] as const satisfies readonly (keyof RunRow)[];

/** Which run it is, as the API and events name it. */
export function namesOf(
  row: Pick<
    RunRow,
    'id' | 'deployment_id' | 'device_id' | 'device_name' | 'task_sequence_id' | 'task_sequence_name' | 'task_sequence_version'
  >,
): EventData<'run.begun'>['run'] {
  return {
    id: row.id,
    deploymentId: row.deployment_id,
    deviceId: row.device_id,
    deviceName: row.device_name,
    taskSequenceId: row.task_sequence_id,
    taskSequenceName: row.task_sequence_name,
    taskSequenceVersion: row.task_sequence_version,
  };
}

export function asRun(row: Pick<RunRow, (typeof shownColumns)[number]>): Run {
  return {
    ...namesOf(row),
    state: row.state,
    pause: pauseOf(row),
    debugger: row.debugger,
    waitsForWindow: windowWaitOf(row),
    environment: row.environment,
    step: row.step === null ? null : StepProgress.parse(JSON.parse(row.step)),
    failure: row.failure === null ? null : Failure.parse(JSON.parse(row.failure)),
    startedAt: isoTime(row.started_at),
    endedAt: isoTimeOrNull(row.ended_at),
    lastContactAt: isoTime(row.last_contact_at),
    traceId: traceIdOf(row.id),
  };
}
