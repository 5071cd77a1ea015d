/** A trace for each run, made from its status messages as they come: a span for each step, and one for the whole when it has ended. */
import type { StatusMessage } from '@ostler/contract';
import type { Logger } from 'pino';
import type { Queries } from '../devices/store.ts';
import type { RunEvent, RunEvents } from '../runs/run-events.ts';
import { getRunRow } from '../runs/store.ts';
import { spanIdOf, traceIdOf, type TakeSpan } from './span.ts';

export interface TracedRuns {
  readonly sql: Queries;
  readonly takeSpan: TakeSpan;
  readonly log: Logger;
}

const stepEnds: readonly StatusMessage['kind'][] = ['step-succeeded', 'step-failed', 'restarting'];
const runEnds: readonly StatusMessage['kind'][] = ['run-succeeded', 'run-failed'];

type MessageEvent = Extract<RunEvent, { kind: 'message' }>;

/** Tells the same, and traces what is told. A run that goes on after its end has a second span of the whole, with the same id. */
export function traceRuns(events: RunEvents, { sql, takeSpan, log }: TracedRuns): RunEvents {
  return {
    subscribe: (deploymentId, listener) => events.subscribe(deploymentId, listener),
    publish: (deploymentId, event) => {
      events.publish(deploymentId, event);
      if (event.kind !== 'message') return;
      if (stepEnds.includes(event.message.kind)) takeStep(event, takeSpan);
      if (!runEnds.includes(event.message.kind)) return;
      takeRun(event, { sql, takeSpan, log }).catch((error: unknown) =>
        log.warn({ err: error, runId: event.runId }, 'a run could not be traced'),
      );
    },
  };
}

/** By the computer's own clock, which the site sets at its boot. */
function takeStep({ runId, deviceName, message }: MessageEvent, takeSpan: TakeSpan): void {
  const endMs = Date.parse(message.at);
  takeSpan({
    traceId: traceIdOf(runId),
    spanId: spanIdOf(runId, String(message.sequence)),
    parentSpanId: spanIdOf(runId),
    name: message.stepName,
    kind: 'internal',
    startMs: endMs - (message.durationMs ?? 0),
    endMs,
    attributes: {
      'ostler.run.id': runId,
      'ostler.device.name': deviceName,
      'ostler.step.type': message.stepType,
      'ostler.step.place': message.path.map((part) => part + 1).join('.'),
      'ostler.environment': message.environment,
      ...(message.exitCode === null ? {} : { 'ostler.step.exit_code': message.exitCode }),
    },
    failure: failureOf(message),
  });
}

async function takeRun({ runId, deviceName, message }: MessageEvent, { sql, takeSpan }: TracedRuns): Promise<void> {
  const row = await getRunRow(sql, runId);
  takeSpan({
    traceId: traceIdOf(runId),
    spanId: spanIdOf(runId),
    parentSpanId: null,
    name: row.task_sequence_name,
    kind: 'internal',
    startMs: row.started_at,
    endMs: Date.parse(message.at),
    attributes: {
      'ostler.run.id': runId,
      'ostler.deployment.id': row.deployment_id,
      'ostler.device.id': row.device_id,
      'ostler.device.name': deviceName,
      'ostler.task_sequence.id': row.task_sequence_id,
      'ostler.task_sequence.version': row.task_sequence_version,
    },
    failure: failureOf(message),
  });
}

/** Without the error's sentence, which may have the values of variables in it. */
function failureOf({ kind, error }: StatusMessage): string | null {
  return kind === 'step-failed' || kind === 'run-failed' ? (error?.code ?? 'FAILED') : null;
}
