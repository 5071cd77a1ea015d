import { createHash } from 'node:crypto';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lookInto } from '../src/disk/read-only-look.ts';
import { run } from '../src/run.ts';
import { pathInside } from '../src/target/path-inside.ts';
import { aFolder, aLoopDisk, aPort } from './loop-disk.ts';

const isRoot = process.getuid?.() === 0;

async function hashOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

describe.skipIf(!isRoot)('looking into a file system (mounting needs root)', () => {
  const kinds = [
    ['mkfs.ext4', ['-q'], 64],
    ['mkfs.xfs', ['-q'], 320],
    ['mkfs.btrfs', ['-q'], 128],
    ['mkfs.ntfs', ['--quick', '--force', '--quiet'], 32],
  ] as const;
  test.each(kinds)('of %s changes not one byte of it, and leaves nothing mounted', async (program, args, mebibytes) => {
    await using folder = await aFolder();
    const { signal } = aPort();
    const [device, mountPoint] = [join(folder.path, 'disk.img'), join(folder.path, 'look')];
    await run('truncate', [`--size=${mebibytes}M`, device], { signal });
    await run(program, [...args, device], { signal });
    const before = await hashOf(device);

    const look = await lookInto({ device, mountPoint }, { signal }, async (root) => {
      await expect(writeFile(join(root, 'x'), '')).rejects.toThrow(/EROFS/);
      return 'seen it';
    });
    const failed = lookInto({ device, mountPoint }, { signal }, () => Promise.reject(new Error('no')));

    expect(look).toEqual({ kind: 'seen', result: 'seen it' });
    await expect(failed).rejects.toThrow('no');
    expect(await hashOf(device)).toBe(before);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(folder.path);
  });

  test('says of a volume of LVM that it cannot tell, instead of finding nothing', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 32 });
    const { signal } = aPort();
    await run('lvm', ['pvcreate', disk.path], { signal });

    const look = await lookInto({ device: disk.path, mountPoint: join(disk.folder, 'look') }, { signal }, async () => 1);
    await run('lvm', ['pvremove', disk.path], { signal });

    expect(look).toEqual({ kind: 'closed', why: 'belongs to a volume group of LVM' });
  });

  test('finds nothing on a blank device', async () => {
    await using folder = await aFolder();
    const { signal } = aPort();
    const device = join(folder.path, 'disk.img');
    await run('truncate', ['--size=8M', device], { signal });

    expect(await lookInto({ device, mountPoint: join(folder.path, 'look') }, { signal }, async () => 1)).toEqual({ kind: 'nothing' });
  });
});

describe('a path inside a tree', () => {
  test('follows links without leaving the tree, and has no case where it is Windows’', async () => {
    await using folder = await aFolder();
    const root = join(folder.path, 'root');
    await mkdir(join(root, 'usr/lib'), { recursive: true });
    await writeFile(join(root, 'usr/lib/a'), '');
    await writeFile(join(folder.path, 'outside'), '');
    await symlink('/usr', join(root, 'absolute'));
    await symlink('../../outside', join(root, 'usr/up'));
    await symlink('loop', join(root, 'loop'));
    const exact = (path: string) => pathInside(root, path, { ignoreCase: false });

    expect(await exact('/absolute/./lib/a')).toBe(join(root, 'usr/lib/a'));
    expect(await exact('usr/up')).toBeNull();
    expect(await exact('../../../outside')).toBeNull();
    expect(await exact('loop')).toBeNull();
    expect(await exact('usr/lib/a/b')).toBeNull();
    expect(await exact('USR/lib/a')).toBeNull();
    expect(await pathInside(root, 'USR/Lib/A', { ignoreCase: true })).toBe(join(root, 'usr/lib/a'));
  });
});
