import { describe, expect, test } from 'vitest';
import { describeChange, nothingShown } from './describe-change.ts';
import { formatDuration, plain, wrap } from './format.ts';
import { decodeKeys } from './keys.ts';
import { render } from './render.ts';
import type { FailedView, RunView, ScreenState, ScreenView } from './screen-state.ts';

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
  stepStartedAtMs: 0,
  expected: null,
  lines: ['one', 'two'],
};
const failed: FailedView = {
  view: 'failed',
  sequenceName: 'Install Debian',
  failure: {
    path: [1],
    stepName: 'Partition',
    exitCode: 2,
    error: { code: 'DISK_TOO_SMALL', message: 'The disk is too small.', hint: 'Use a larger one.', details: {} },
  },
  logDelivered: true,
  logPath: '/run/ostler/state/ostler-0.log',
  output: ['sfdisk: /dev/sda: not enough room', 'The disk has 10 GiB.'],
  secondsLeft: 90,
  choices: [
    { key: 'R', label: 'retry this step' },
    { key: 'Enter', label: 'restart the computer' },
  ],
  note: '',
};
const state = (content: ScreenView, networkProblem: string | null = null): ScreenState => ({ siteName: 'Lab', networkProblem, content });

describe('the screen', () => {
  const everyView: ScreenView[] = [
    { view: 'message', title: 'Nothing to do', lines: ['x'.repeat(300)] },
    { view: 'waiting', computer },
    { view: 'password', computer, typed: 4, message: 'The password was wrong.' },
    {
      view: 'page',
      title: 'Choose what to deploy',
      lines: ['z'.repeat(3000)],
      items: Array.from({ length: 30 }, (_, index) => ({
        label: `Choice ${index}`,
        detail: 'text',
        value: index % 2 === 0 ? null : 'v'.repeat(200),
      })),
      selected: 21,
      note: 'n '.repeat(400),
      keys: [{ key: 'Enter', label: 'next' }],
    },
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

  test('where the model has been deployed before, the time to the end is there, and the step’s own where the step does not say it', () => {
    const expected = { stepSeconds: 90, runSeconds: 300 };
    const silent = { ...running, progress: null, bytesPerSecond: null, secondsLeft: null, stepStartedAtMs: 60_000, expected };

    expect(render(state(silent), 100_000).join('\n')).toMatch(/about 0:50 left in this step[^]*Elapsed 1:40   about 4:20 left/);
    expect(render(state({ ...running, stepStartedAtMs: 60_000, expected }), 100_000).join('\n')).toMatch(/0:05 left[^]*about 4:20 left/);
  });

  test('a step that takes longer than it did leaves what comes after it', () => {
    const silent = { ...running, progress: null, secondsLeft: null, expected: { stepSeconds: 90, runSeconds: 300 } };
    const text = render(state(silent), 1_000_000).join('\n');

    expect(text).toContain('about 3:30 left');
    expect(text).not.toContain('in this step');
  });

  test('a failure shows the step, the sentence, the code, the hint and where the log is', () => {
    const text = render(state(failed), 0).join('\n');

    for (const part of ['Partition', 'DISK_TOO_SMALL', 'The disk is too small.', 'Use a larger one.', 'ostler-0.log', '1:30']) {
      expect(text).toContain(part);
    }
  });

  test('a failure that the site does not know yet says so, and what happens next by itself', () => {
    const text = render(state({ ...failed, logDelivered: false }), 0).join('\n');
    expect(text).toContain('The site does not have the whole log yet.');
    expect(text).toContain('The site is told again in 1:30.');
    expect(text).not.toContain('restarts in');
  });

  test('a failure looks like this: the reason, the last output, and at the bottom what can be done', () => {
    const lines = render(state({ ...failed, note: 'The shell has ended.' }), 0);

    expect(lines.slice(2, 23).map((line) => line.slice(2))).toEqual([
      'Install Debian has failed',
      '',
      'Step:   Partition',
      'Exit:   2',
      'Code:   DISK_TOO_SMALL',
      '',
      'The disk is too small.',
      '',
      'Use a larger one.',
      '',
      'Last lines of output:',
      '  sfdisk: /dev/sda: not enough room',
      '  The disk has 10 GiB.',
      '',
      '',
      'The whole log is on the site with this run, and here:',
      '/run/ostler/state/ostler-0.log',
      'The shell has ended.',
      '',
      '[R] retry this step   [Enter] restart the computer',
      'The computer restarts in 1:30.',
    ]);
  });

  test('however much is to be said of a failure, the choices are on the screen', () => {
    const error = { code: 'X', message: 'long '.repeat(300), hint: 'hint '.repeat(100), details: {} };
    const view = {
      ...failed,
      failure: { ...failed.failure, error },
      output: Array.from({ length: 40 }, () => 'z'.repeat(200)),
      note: 'n '.repeat(200),
    };

    const lines = render(state(view, 'connection refused'), 0);

    expect(lines.join('\n')).toContain('[R] retry this step   [Enter] restart the computer');
    expect(lines.join('\n')).toContain('The computer restarts in 1:30.');
  });

  test.each([
    [{ columns: 80, rows: 25 }, 80, 25],
    [{ columns: 100, rows: 37 }, 100, 37],
    [{ columns: 160, rows: 50 }, 120, 40],
    [{ columns: 240, rows: 67 }, 120, 40],
  ])('a console of %j is used whole, up to what can be read well, and the picture is in its middle', (size, width, height) => {
    const lines = render(state(running), 0, size);
    const first = lines.findIndex((line) => line !== '');
    const last = lines.findLastIndex((line) => line !== '');

    expect(lines).toHaveLength(size.rows);
    expect(lines[first]?.trim()).toHaveLength(width);
    expect(lines[first]?.indexOf('=')).toBe((size.columns - width) / 2);
    expect(last - first + 1).toBe(height);
    expect(first).toBe(Math.floor((size.rows - height) / 2));
    expect(lines.join('\n')).toContain('Step 3 of 10');
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

  test('is told what can be chosen after a failure when it can be, and what became of a choice', () => {
    const first = describeChange(nothingShown, state({ ...failed, choices: [], secondsLeft: null }), 0);
    const second = describeChange(first.shown, state(failed), 1000);
    const third = describeChange(second.shown, state({ ...failed, note: 'The shell has ended.' }), 2000);

    expect(first.lines.slice(-4)).toEqual([
      '  Last lines of output:',
      '    sfdisk: /dev/sda: not enough room',
      '    The disk has 10 GiB.',
      '  Log: /run/ostler/state/ostler-0.log, and with this run on the site once that knows of the failure',
    ]);
    expect(second.lines).toEqual(['Press R to retry this step, Enter to restart the computer']);
    expect(third.lines).toEqual(['The shell has ended.', 'Press R to retry this step, Enter to restart the computer']);
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
  ['\u001B[2~\u007F', [{ kind: 'backspace' }]],
])('the terminal’s input %j is these keys', (input, keys) => {
  expect(decodeKeys(input)).toEqual(keys);
});

test('text is broken between words, and durations are read at a glance', () => {
  expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
  expect([0, 75, 3700].map(formatDuration)).toEqual(['0:00', '1:15', '1:01:40']);
});
