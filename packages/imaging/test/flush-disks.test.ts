import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { flushDisks, mountFileSystem } from '../src/disk/mounts.ts';
import { run } from '../src/run.ts';
import { aLoopDisk, aPort } from './loop-disk.ts';

test.skipIf(process.getuid?.() !== 0)('a file that was just written is on the disk after a flush (needs root)', async () => {
  await using disk = await aLoopDisk({ sizeMebibytes: 32 });
  const { signal } = aPort();
  await run('mkfs.ext4', ['-q', disk.path], { signal });
  const mountPoint = join(disk.folder, 'mounted');
  await mountFileSystem({ device: disk.path, mountPoint }, { signal });
  const text = 'as a step would write it, without asking for it to be kept';
  const isOnDisk = async (): Promise<boolean> => (await readFile(join(disk.folder, 'disk.img'))).includes(text);

  await writeFile(join(mountPoint, 'file'), text);
  expect(await isOnDisk()).toBe(false);
  await flushDisks({ signal });
  expect(await isOnDisk()).toBe(true);
});
