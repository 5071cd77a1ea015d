import type { DeploymentStatus, Run } from '@ostler/contract';
import { expect, it } from 'vitest';
import { aDeployment } from '../../test/a-deployment.ts';
import { deploymentText } from './deployment-show.ts';
import { liveText, resumedText, stateText, statusCsv, statusText } from './status-text.ts';

const status: DeploymentStatus = {
  deployment: { ...aDeployment, paused: { at: '2026-12-01T20:00:00.000Z', by: null, reason: '3 of 4 runs have failed' } },
  counts: { running: 0, failed: 3, cancelled: 0, succeeded: 1, 'requirements-not-met': 0, waiting: 0, unknown: 2 },
  failures: [{ code: 'DISK_TOO_SMALL', stepName: 'Apply', message: 'It does not fit.', hint: null, deviceCount: 3, deviceNames: ['PC-1'] }],
  devices: [
    { deviceId: 'device-1', deviceName: '=PC,1', state: 'unknown', run: null },
    { deviceId: 'device-2', deviceName: 'PC-2', state: 'waiting', run: null },
  ],
  preDownload: null,
  next: 'device-2 PC-2',
};

it('says how far a deployment is, why it is paused, what fails, and which computers are how far', () => {
  expect(statusText(status)).toBe(`Install → Lab (required): 3 failed, 1 succeeded, 2 unknown

It is paused: 3 of 4 runs have failed.

FAILED  STEP   ERROR           FOR EXAMPLE       ON
3       Apply  DISK_TOO_SMALL  It does not fit.  PC-1, …

DEVICE  STATE    STEP  STARTED  ENDED  LAST CONTACT  RUN
=PC,1   unknown        –        –      –             –
PC-2    waiting        –        –      –             –

More: --after "device-2 PC-2"`);
});

it('says how many computers have the content before their run, and how far each is', () => {
  const told = { deviceId: 'device-2', receivedBytes: 1024, problem: 'There is not enough space.', reportedAt: '2026-12-01T19:30:00.000Z' };
  const preDownload = { totalBytes: 4096, completeCount: 5, begunCount: 2, problemCount: 1, devices: [told] };
  const text = statusText({ ...status, preDownload });

  expect(text).toContain(
    'Of the computers that wait for their run, 5 have its content (4 KiB), 2 have a part of it; something is in the way on 1.',
  );
  expect(text).toMatch(/LAST CONTACT +RUN +CONTENT\n=PC,1 .*–\nPC-2 .* 25 %: There is not enough space\./);
  expect(statusCsv({ ...status, preDownload: { ...preDownload, devices: [{ ...told, receivedBytes: 4096 }] } })).toContain(',all');
});

it('the same as comma-separated values, with nothing that a spreadsheet would calculate', () => {
  expect(statusCsv(status).split('\r\n')).toEqual([
    'DEVICE,STATE,STEP,STARTED,ENDED,LAST CONTACT,RUN',
    `"'=PC,1",unknown,,,,,`,
    'PC-2,waiting,,,,,',
  ]);
});

it('says of a run whether it is paused, or waits to restart, and until when', () => {
  const run = { state: 'running', pause: 'none', debugger: 'off', waitsForWindow: { until: '2026-12-01T20:00:00.000Z' } } as const;

  expect(stateText(run)).toBe('waits for its maintenance window until 2026-12-01 20:00 UTC');
  expect(stateText({ ...run, waitsForWindow: { until: null } })).toBe('waits for a maintenance window, and none comes');
  expect(stateText({ ...run, pause: 'paused' })).toBe('paused, and waits for its maintenance window until 2026-12-01 20:00 UTC');
  expect(stateText({ ...run, pause: 'paused', waitsForWindow: null })).toBe('paused');
  expect(stateText({ ...run, pause: 'requested' })).toBe('running, pauses soon');
  expect(stateText({ ...run, state: 'cancelled' })).toBe('cancelled');
});

it('says of a run that was resumed what it still waits for, and what lets it go on', () => {
  const run = { id: 'run-1', deviceName: 'PC-1', waitsForWindow: { until: '2026-12-01T20:00:00.000Z' } };

  expect(resumedText(run)).toBe(`The run on PC-1 is paused no more, but waits for its maintenance window until 2026-12-01 20:00 UTC.
To restart the computer now, resume it once more: ostler run resume run-1`);
  expect(resumedText({ ...run, waitsForWindow: null })).toBe('The run on PC-1 goes on.');
});

const run: Run = {
  id: 'run-1',
  deploymentId: 'deployment-1',
  deviceId: 'device-2',
  deviceName: 'PC-2',
  taskSequenceId: 'sequence-1',
  taskSequenceName: 'Install',
  taskSequenceVersion: 1,
  state: 'running',
  pause: 'none',
  debugger: 'off',
  waitsForWindow: null,
  environment: 'boot-image',
  step: {
    path: [3],
    stepNumber: 4,
    stepCount: 7,
    stepName: 'Apply',
    progress: { activity: 'Applying files', done: 50, total: 100, unit: 'percent' },
    bytesPerSecond: null,
    secondsLeft: 20,
    runSecondsLeft: null,
  },
  failure: null,
  startedAt: '2026-12-01T19:30:00.000Z',
  endedAt: null,
  lastContactAt: '2026-12-01T19:40:00.000Z',
  traceId: '0af7651916cd43dd8448eb211c80319c',
};

it('says in one line what runs now, and what it waits for while nothing does', () => {
  const running = (...runs: readonly Run[]) => ({
    ...status,
    counts: { ...status.counts, running: runs.length },
    devices: runs.map((each) => ({ deviceId: each.deviceId, deviceName: each.deviceName, state: 'running' as const, run: each })),
  });

  expect(liveText(status).text).toBe('Install → Lab (required): 3 failed, 1 succeeded, 2 unknown; nothing runs now');
  expect(liveText(running(run))).toEqual({ subject: 'PC-2 4/7', text: 'PC-2 4/7 Apply 50 %, 20 s left' });
  expect(liveText(running({ ...run, step: null })).text).toBe('PC-2 begins');
  expect(liveText(running({ ...run, pause: 'paused' })).text).toBe('PC-2 paused: 4/7 Apply 50 %, 20 s left');
  expect(liveText(running(run, { ...run, deviceName: 'PC-3', step: null })).text).toBe('2 running: PC-2 4/7, PC-3');
});

it('says what a deployment is set to, and what it does outside of maintenance windows', () => {
  const text = deploymentText(status.deployment);

  expect(text).toContain('task sequence    Install, its newest version');
  expect(text).toContain('outside windows  does not begin by itself; a computer in use waits with its restarts');
  expect(text).toContain('pauses itself    never');
  expect(text).toContain('content          fetched when the run needs it');
  expect(text).toContain('state            paused: 3 of 4 runs have failed');
});
