/** What the engine reports, as a line of the log: the beginnings of run and steps stand out to the eye that runs down it. */
import type { StatusMessage } from '@ostler/contract';
import type { EngineEvent } from '@ostler/task-sequence';
import type { RunLog } from './log.ts';

const sentences: Readonly<Record<StatusMessage['kind'], string>> = {
  'run-started': '======== the run begins',
  'step-started': '==== step begins',
  'step-succeeded': 'step succeeded',
  'step-failed': 'step failed',
  'step-skipped': 'step skipped',
  'restart-waits': '==== the restart waits for a maintenance window',
  restarting: '==== the computer restarts',
  resumed: '==== the run goes on',
  paused: '==== the run is paused',
  continued: '==== the pause is over',
  'debugger-waits': '==== the run waits in the debugger',
  'debugger-told': 'the debugger is told',
  'run-succeeded': '======== the run has succeeded',
  'run-failed': '======== the run has failed',
  note: 'note',
};

export function logEvent(event: EngineEvent, log: Pick<RunLog, 'write'>): void {
  const { kind, stepName, stepType, stepNumber, stepCount, exitCode, durationMs, output, error, facts } = event;
  const place = stepName === '' ? {} : { step: stepName, number: `${stepNumber}/${stepCount}`, type: stepType };
  const ending = {
    exitCode: exitCode ?? undefined,
    durationMs: durationMs ?? undefined,
    output: output === '' ? undefined : output,
    ...(error === null ? {} : { code: error.code, error: error.message, hint: error.hint }),
  };
  log.write(error === null ? 'info' : 'error', sentences[kind], { ...place, ...ending, ...facts });
}
