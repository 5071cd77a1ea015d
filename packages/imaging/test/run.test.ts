/** What is left of a program when it is ended before its time: real programs, real processes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@ostler/testkit';
import { describe, expect, test } from 'vitest';
import { run } from '../src/run.ts';

const longSleep = 'sleep 300';

/** Starts the line and ends it as soon as it has said "ready"; a process of it leaves its id in `$PID_FILE`. */
async function endWhenReady(commandLine: string) {
  await using folder = await temporaryDirectory();
  const pidFile = join(folder.path, 'pid');
  const timeOut = new AbortController();
  const onOutput = (text: string): void => {
    if (text.includes('ready')) timeOut.abort(new Error('time is over'));
  };
  const startedMs = performance.now();
  const options = { signal: timeOut.signal, env: { PID_FILE: pidFile }, onOutput };
  const end = await run('sh', ['-c', commandLine], options).then(
    ({ exitCode }) => `exit code ${exitCode}`,
    (error: unknown) => (error as Error).message,
  );
  return { end, pid: Number(await readFile(pidFile, 'utf8')), tookMs: performance.now() - startedMs };
}

/** A process that has ended may wait as a zombie for its parent. */
async function isRunning(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !/\) [ZX]/.test(state);
}

/** What a failed test would leave behind. */
function endLeftOver(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone, as it should be.
  }
}

describe('a program that is ended before its time', () => {
  test('takes with it what it started in a session of its own', async () => {
    const line = `setsid sh -c 'echo $$ >"$PID_FILE"; echo ready; exec ${longSleep}' & wait`;

    const { end, pid } = await endWhenReady(line);

    expect(end).toBe('time is over');
    expect(await isRunning(pid)).toBe(false);
  });

  test('takes with it a daemon that has left it already and holds its output', async () => {
    const line = `(setsid sh -c 'echo $$ >"$PID_FILE"; echo ready; exec ${longSleep}' &) ; exit 0`;

    const { end, pid } = await endWhenReady(line);

    expect(end).toBe('time is over');
    expect(await isRunning(pid)).toBe(false);
  });

  test('takes with it what goes on starting others', async () => {
    const line = `setsid sh -c 'echo $$ >"$PID_FILE"; echo ready; while :; do setsid sleep 0.1 & sleep 0.01; done'`;

    const { end, pid } = await endWhenReady(line);

    expect(end).toBe('time is over');
    expect(await isRunning(pid)).toBe(false);
  });

  test('takes with it what becomes another program again and again', async () => {
    const line = `export LOOP='exec sh -c "$LOOP"'; (setsid sh -c 'echo $$ >"$PID_FILE"; echo ready; eval "$LOOP"' &) ; exit 0`;

    const { end, pid } = await endWhenReady(line);

    expect(end).toBe('time is over');
    try {
      expect(await isRunning(pid)).toBe(false);
    } finally {
      endLeftOver(pid);
    }
  });

  test('is not waited for through an output that an unreachable survivor holds', async () => {
    const line = `setsid env -i sh -c 'echo $$ >"$0"; echo ready; exec ${longSleep}' "$PID_FILE" & wait`;

    const { end, pid, tookMs } = await endWhenReady(line);

    try {
      expect(end).toBe('time is over');
      expect(await isRunning(pid)).toBe(true);
      expect(tookMs).toBeLessThan(20_000);
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });
});

test('a program that ends by itself leaves its daemon running', async () => {
  const line = `setsid sh -c 'echo $$ >"$PID_FILE"; exec ${longSleep}' >/dev/null 2>&1 & while [ ! -s "$PID_FILE" ]; do :; done`;

  const { end, pid } = await endWhenReady(line);

  try {
    expect(end).toBe('exit code 0');
    expect(await isRunning(pid)).toBe(true);
  } finally {
    process.kill(pid, 'SIGKILL');
  }
});
