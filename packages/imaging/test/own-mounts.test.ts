import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runWithOwnMounts } from '../src/run.ts';
import { listMountPoints } from '../src/tools/mount.ts';
import { aFolder } from './loop-disk.ts';

test.skipIf(process.getuid?.() !== 0)(
  'what an installation has mounted goes with it when it is killed, and its folder can be removed (needs root)',
  async () => {
    await using folder = await aFolder();
    const tree = join(folder.path, 'tree');
    const install = 'mkdir "$1" && mount -t tmpfs none "$1" && touch "$1/inside" && echo mounted && exec sleep 60';
    const kill = new AbortController();
    const seen: string[] = [];

    const work = runWithOwnMounts('sh', ['-c', install, 'sh', tree], {
      signal: kill.signal,
      onOutput: (text) => {
        seen.push(text.trim());
        kill.abort();
      },
    });

    await expect(work).rejects.toThrow('aborted');
    expect(seen).toEqual(['mounted']);
    expect((await listMountPoints()).filter((each) => each.startsWith(folder.path))).toEqual([]);
    expect(await readdir(tree)).toEqual([]);
    await rm(tree, { recursive: true });
  },
);
