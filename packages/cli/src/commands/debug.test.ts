import { OstlerError, type Client, type DebugSession, type GiveDebugCommand } from '@ostler/contract';
import { expect, test } from 'vitest';
import type { Values } from '../command.ts';
import { debugCommands } from './debug.ts';

const node = (place: string, name: string, more: Partial<DebugSession['steps'][number]> = {}): DebugSession['steps'][number] => {
  const path = place.split('.').map((each) => Number(each) - 1);
  return { path, place, name, type: 'run-command-line', enabled: true, current: false, breakpoint: false, outcome: null, ...more };
};
const waiting: DebugSession = {
  runId: 'run-1',
  deviceName: 'PC-1',
  taskSequenceName: 'Install',
  runState: 'running',
  environment: 'boot-image',
  mode: 'stepping',
  stop: 2,
  waiting: { reason: 'breakpoint' },
  steps: [
    node('1', 'Disk', { outcome: 'succeeded' }),
    node('2', 'Group', { type: 'group' }),
    node('2.1', 'Apply', { current: true, breakpoint: true }),
  ],
  last: { path: [0], stepName: 'Disk', result: 'succeeded', exitCode: 0, output: 'done\n' },
  variables: [
    { name: 'A', value: '1', secret: false },
    { name: 'PW', value: null, secret: true },
  ],
  pending: [],
  settled: [],
};

/** A site whose run takes each command after it was asked once, and then is as the test says. */
async function use(words: string, args: string[], values: Values = {}, after: Partial<DebugSession> = {}) {
  const given: GiveDebugCommand[] = [];
  let asked = 0;
  const call = async (name: string, request: { body?: unknown }): Promise<unknown> => {
    if (name === 'runs.debug') {
      given.push(request.body as GiveDebugCommand);
      return { order: 7, session: { ...waiting, pending: [7] } };
    }
    asked += given.length;
    if (given.length === 0) return waiting;
    return asked === 1 ? { ...waiting, pending: [7] } : { ...waiting, ...after };
  };
  const printed: string[] = [];
  const results: unknown[] = [];
  const output = {
    result: (value: unknown, human: () => string) => {
      results.push(value);
      printed.push(human());
    },
    note: () => undefined,
    progress: () => undefined,
    live: () => undefined,
    endProgress: () => undefined,
  };
  const command = debugCommands.find((each) => each.words === words);
  // Safe: the two routes are all that the commands call.
  await command?.run({ client: { call } as unknown as Client, output, signal: AbortSignal.timeout(20_000) }, args, values);
  return { given, printed: printed.join('\n'), results };
}

test('debug show prints where the run waits, how the last step ended, and the steps with their marks', async () => {
  const { printed } = await use('debug show', ['run-1']);

  expect(printed.split('\n')).toEqual([
    'Install on PC-1 waits (stop 2) at the breakpoint 2.1 Apply',
    'Last: Disk succeeded, exit code 0',
    '  done',
    '',
    '  +  1  Disk',
    '     2  Group',
    '*      2.1  Apply  <- next',
  ]);
});

test('debug step steps at the stop that it has seen, or at the one that a script names', async () => {
  expect((await use('debug step', ['run-1'])).given).toEqual([{ command: 'step', at: 2 }]);
  expect((await use('debug step', ['run-1'], { at: '1' })).given).toEqual([{ command: 'step', at: 1 }]);
  await expect(use('debug step', ['run-1'], { at: 'x' })).rejects.toThrow('--at x is no number of a stop');
});

test('debug run --wait answers when the run waits again or has ended', async () => {
  const { printed } = await use('debug run', ['run-1'], { wait: true }, { runState: 'succeeded', waiting: null });

  expect(printed).toContain('the run has ended, it is succeeded');
});

test('a command that the computer refuses is an error with the reason', async () => {
  const refusal = new OstlerError('DEBUG_STOP_PASSED', { command: 'skip', at: 2, stop: 3 });
  const settled = [{ number: 7, error: { code: refusal.code, message: refusal.message, details: {} } }];

  await expect(use('debug skip', ['run-1'], {}, { settled })).rejects.toThrow(/refused "skip": The run waits at the stop 3/);
});

test('breakpoints are set by name or place, listed, and cleared one by one or all', async () => {
  expect((await use('debug break', ['run-1', '2.1'])).given).toEqual([{ command: 'set-breakpoint', step: '2.1' }]);
  expect((await use('debug break', ['run-1'])).printed).toBe('2.1  Apply');
  expect((await use('debug clear', ['run-1', 'Apply'])).given).toEqual([{ command: 'clear-breakpoint', step: 'Apply' }]);
  expect((await use('debug clear', ['run-1'])).given).toEqual([{ command: 'clear-breakpoints' }]);
});

test('variables are listed, a secret without its value, and set where the run waits', async () => {
  expect((await use('debug variables', ['run-1'])).printed).toMatch(/A +1\nPW +\(secret\)/);
  const { given } = await use('debug set', ['run-1', 'Key', 'right']);
  expect(given).toEqual([{ command: 'set-variable', at: 2, name: 'Key', value: 'right', secret: false }]);
  await expect(use('debug set', ['run-1', 'Key'])).rejects.toThrow('give a value or --secret-file');
});
