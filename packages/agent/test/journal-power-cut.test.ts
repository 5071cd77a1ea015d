import { fileURLToPath } from 'node:url';
import { setTimeout } from 'node:timers/promises';
import { start } from '@ostler/imaging/run';
import { expect, test } from 'vitest';
import { readJournal } from '../src/journal.ts';
import { aFolder } from './builders.ts';

const program = fileURLToPath(new URL('./endless-writer.ts', import.meta.url));

test('a journal whose writer is killed at any moment is an old state or the new one, never a part', async () => {
  await using folder = await aFolder();
  const signal = AbortSignal.timeout(25_000);
  let before: number | undefined;
  for (let cut = 0; cut < 6; cut += 1) {
    const writer = await start(process.execPath, [program, folder.path], {});
    while ((await readJournal(folder.path, 'run-1'))?.revision === before) await setTimeout(20, undefined, { signal });
    await setTimeout(Math.random() * 50, undefined, { signal });
    process.kill(writer.pid, 'SIGKILL');
    await writer.exited;

    const state = await readJournal(folder.path, 'run-1');

    expect(state).not.toBeNull();
    expect(state?.variables['Padding']).toEqual({ value: String(state?.revision).repeat(500) });
    before = state?.revision;
  }
});
