import { describe, expect, test } from 'vitest';
import { describeChange, nothingShown } from './describe-change.ts';
import { formatDuration, plain, wrap } from './format.ts';
import { decodeKeys } from './keys.ts';
import { render } from './render.ts';
import type { RunView, ScreenState, ScreenView } from './screen-state.ts';

const computer = { name: 'PC-1', macAddress: '52:54:00:00:00:01', smbiosUuid: 'uuid', serialNumber: 'S1' };
const running: RunView = {
  view: 'run',
  sequenceName: 'Install Debian',
  computerName: 'PC-1',
  stepName: 'Apply Operating System',
  stepNumber: 3,
  stepCount: 10,
  progress: { activity: 'Downloading Debian', done: 512 * 1024 ** 2, total: 1024 ** 3, unit: 'bytes' },
  bytesPerSecond: 100 * 1024 ** 2,
  secondsLeft: 5.1,
  startedAtMs: 0,
  lines: ['one', 'two'],
};
const failed: ScreenView = {
  view: 'failed',
  sequenceName: 'Install Debian',
  failure: {
    path: [1],
    stepName: 'Partition',
    exitCode: 2,
    error: { code: 'DISK_TOO_SMALL', message: 'The disk is too small.', hint: 'Use a larger one.', details: {} },
  },
  logPath: '/run/ostler/state/ostler-0.log',
  secondsLeft: 90,
};
const state = (content: ScreenView, networkProblem: string | null = null): ScreenState => ({ siteName: 'Lab', networkProblem, content });

describe('the screen', () => {
  const everyView: ScreenView[] = [
    { view: 'message', title: 'Nothing to do', lines: ['x'.repeat(300)] },
    { view: 'waiting', computer },
    { view: 'password', computer, typed: 4, message: 'The password was wrong.' },
    { view: 'menu', entries: Array.from({ length: 30 }, (_, index) => ({ name: `Choice ${index}`, description: 'text' })), selected: 1 },
    { ...running, lines: Array.from({ length: 40 }, () => 'y'.repeat(200)) },
    { view: 'restarting', message: 'Back soon', seconds: 5 },
    { view: 'succeeded', sequenceName: 'Install', computerName: 'PC-1', elapsedSeconds: 100 },
    failed,
  ];

  test.each(everyView)('$view fits into 25 lines of 80 characters', (content) => {
    const lines = render(state(content, 'connection refused'), 60_000);

    expect(lines).toHaveLength(25);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.join('\n')).toContain('The server does not answer (connection refused)');
  });

  test('a run shows step n of m, bytes, rate, time left and the time since it began', () => {
    const text = render(state(running), 61_000).join('\n');

    for (const part of ['Step 3 of 10', 'Apply Operating System', '512 MiB of 1 GiB', '100 MiB/s', '0:05 left', 'Elapsed 1:01', 'two']) {
      expect(text).toContain(part);
    }
  });

  test('a failure shows the step, the sentence, the code, the hint and where the log is', () => {
    const text = render(state(failed), 0).join('\n');

    for (const part of ['Partition', 'DISK_TOO_SMALL', 'The disk is too small.', 'Use a larger one.', 'ostler-0.log', '1:30']) {
      expect(text).toContain(part);
    }
  });

  test('what a program prints cannot give commands to the terminal', () => {
    expect(plain('a\u001B[2Jb\u0007c')).toBe('ab c');
  });
});

describe('a serial line', () => {
  test('gets a line a step, and progress only every ten seconds or ten percent', () => {
    const at = (done: number): ScreenState =>
      state({ ...running, progress: { activity: 'Downloading', done, total: 100, unit: 'percent' } });
    let shown = nothingShown;
    const printed: string[] = [];
    for (const [done, nowMs] of [
      [0, 0],
      [3, 1000],
      [5, 2000],
      [11, 3000],
      [12, 4000],
      [13, 14_000],
    ] as const) {
      const change = describeChange(shown, at(done), nowMs);
      ({ shown } = change);
      printed.push(...change.lines.map((line) => `${nowMs} ${line.trim()}`));
    }

    expect(printed).toEqual([
      '0 Install Debian on PC-1',
      '0 Step 3 of 10: Apply Operating System',
      '0 Downloading  0 %  0:05 left'.replace('  0:05', '  100 MiB/s  0:05'),
      '3000 Downloading  11 %  100 MiB/s  0:05 left',
      '14000 Downloading  13 %  100 MiB/s  0:05 left',
    ]);
  });

  test('a countdown and typed characters are no news; a lost network is', () => {
    const first = describeChange(nothingShown, state(failed), 0);
    const second = describeChange(first.shown, state({ ...failed, secondsLeft: 89 }), 1000);
    const third = describeChange(second.shown, state({ ...failed, secondsLeft: 88 }, 'no route'), 2000);

    expect(first.lines.join(' ')).toContain('DISK_TOO_SMALL');
    expect(second.lines).toEqual([]);
    expect(third.lines).toEqual(['The server does not answer (no route); trying again']);
  });
});

test.each([
  [
    'ab',
    [
      { kind: 'text', text: 'a' },
      { kind: 'text', text: 'b' },
    ],
  ],
  ['\u001B[A\u001B[B', [{ kind: 'up' }, { kind: 'down' }]],
  ['\u001B', [{ kind: 'escape' }]],
  ['x\r', [{ kind: 'text', text: 'x' }, { kind: 'enter' }]],
  ['\u001B[5~\u007F', [{ kind: 'backspace' }]],
])('the terminal’s input %j is these keys', (input, keys) => {
  expect(decodeKeys(input)).toEqual(keys);
});

test('text is broken between words, and durations are read at a glance', () => {
  expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
  expect([0, 75, 3700].map(formatDuration)).toEqual(['0:00', '1:15', '1:01:40']);
});
