import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plainText, serialLogAt } from './serial-log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'serial-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('waiting for words on the serial port', () => {
  test('finds what comes later', async () => {
    const serial = serialLogAt(join(folder, 'log'));
    const waiting = serial.waitFor(/step (?<number>\d)/, 0, AbortSignal.timeout(10_000));
    await writeFile(serial.path, 'firmware\r\n');
    await appendFile(serial.path, 'step 3\r\n');
    expect((await waiting).groups?.['number']).toBe('3');
  });

  test('looks only at what comes after the mark', async () => {
    const serial = serialLogAt(join(folder, 'log'));
    await writeFile(serial.path, '\u001B[2Jlogin:\r\n');
    const mark = await serial.mark();
    await expect(serial.waitFor(/login:/, mark, AbortSignal.timeout(300))).rejects.toThrow();
    await appendFile(serial.path, '\u001B[1mlogin:');
    expect((await serial.waitFor(/login:/, mark, AbortSignal.timeout(10_000)))[0]).toBe('login:');
  });

  test('ends when the scenario does', async () => {
    const stop = new AbortController();
    const waiting = serialLogAt(join(folder, 'log')).waitFor(/never/, 0, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow();
  });
});

describe('the text of a serial log', () => {
  test('has no colours and cursor movements', () => {
    expect(plainText('\u001B[01;31mPXE\u001B[0m\u001B[2;5H ok\r\n\u001B=\u001B(B!')).toBe('PXE ok\n!');
  });

  test('begins with the shorter log also where a sequence was cut in two', () => {
    const whole = 'abc\u001B[01;31mdef';
    for (let length = 0; length <= whole.length; length += 1)
      expect(plainText(whole).startsWith(plainText(whole.slice(0, length)))).toBe(true);
  });
});
