import { expect, test } from 'vitest';
import type { Progress } from '../port.ts';
import { progressReader } from './wimlib.ts';

const mebibyte = 1024 * 1024;

test('progress is read from pieces that end anywhere, each state once', () => {
  const reports: Progress[] = [];
  const follow = progressReader('Applying files', (progress) => reports.push(progress));
  const output =
    'Applying image 1 ("n") from "a: 1 of 2 (3%)" to directory "d"\n\rCreating files: 5 of 30 (16%) done\rExtracting file data: 12 MiB of 89 MiB (13%) done' +
    '\rExtracting file data: 12 MiB of 89 MiB (13%) done\rExtracting file data: 3 GiB of 14 GiB (25%) done\n\r29 MiB scanned (1 files, 0 directories)    \n';

  for (const piece of output.match(/.{1,7}/gs) ?? []) follow(piece);

  expect(reports).toEqual([
    { activity: 'Creating files', done: 5, total: 30, unit: 'items' },
    { activity: 'Applying files', done: 12 * mebibyte, total: 89 * mebibyte, unit: 'bytes' },
    { activity: 'Applying files', done: 3.5 * 1024 * mebibyte, total: 14 * 1024 * mebibyte, unit: 'bytes' },
    { activity: 'Scanning files', done: 29 * mebibyte, total: 0, unit: 'bytes' },
  ]);
});
