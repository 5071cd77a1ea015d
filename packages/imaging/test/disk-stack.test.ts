import { open } from 'node:fs/promises';
import { PartitionOptions } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import { partitionDisk } from '../src/disk/partition-disk.ts';
import { run } from '../src/run.ts';
import { probeDevice } from '../src/tools/blkid.ts';
import { listPhysicalVolumes } from '../src/tools/lvm.ts';
import { aLoopDisk, aPort, type LoopDisk } from './loop-disk.ts';
import { raidSuperblock } from './raid-superblock.ts';

const isRoot = process.getuid?.() === 0;
const { signal } = aPort();
const layout = { style: 'gpt' as const, partitions: [PartitionOptions.parse({ size: 100, sizeUnits: 'percent' })] };
const arrayId = '00112233-4455-6677-8899-aabbccddeeff';

/** Names that no other volume group of this computer has. */
function aGroupName(disk: LoopDisk): string {
  return `ostler_test_${process.pid}_${disk.path.replaceAll(/\D/g, '')}`;
}

async function makeGroup(...disks: LoopDisk[]): Promise<string> {
  const paths = disks.map(({ path }) => path);
  const name = aGroupName(disks[0] as LoopDisk);
  await run('lvm', ['pvcreate', ...paths], { signal });
  await run('lvm', ['vgcreate', name, ...paths], { signal });
  return name;
}

/** Puts one member of a mirror on the disk, 4 KiB from its start: metadata version 1.2. */
async function makeMember({ path }: LoopDisk, role: number): Promise<void> {
  await using file = await open(path, 'r+');
  await file.write(raidSuperblock({ arrayId, role, members: 2 }), 0, undefined, 4096);
  await file.sync();
}

describe.skipIf(!isRoot)('what is stacked on a disk that gets a new layout (needs root)', () => {
  test('a volume group on this disk alone goes away with its signature', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 64 });
    const group = await makeGroup(disk);

    const created = await partitionDisk(await disk.look(), layout, aPort());

    expect((await listPhysicalVolumes(signal)).filter((each) => each.group === group)).toEqual([]);
    expect((await probeDevice(created[0]?.path ?? '', signal)).TYPE).toBe('ext4');
  });

  test('a volume group that also lives on another disk is refused by name, and nothing on it changes', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 64 });
    await using other = await aLoopDisk({ sizeMebibytes: 64 });
    const group = await makeGroup(disk, other);

    await expect(partitionDisk(await disk.look(), layout, aPort())).rejects.toMatchObject({
      code: 'DISK_SHARED',
      details: { disk: disk.path, what: `the volume group ${group}, which is also on ${other.path}` },
    });

    const volumes = (await listPhysicalVolumes(signal)).filter((each) => each.group === group);
    expect(volumes.map(({ path, missing }) => [path, missing])).toEqual(
      expect.arrayContaining([
        [disk.path, false],
        [other.path, false],
      ]),
    );
  });

  test('a step that says so takes its disk out of a volume group, and leaves the other disk alone', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 64 });
    await using other = await aLoopDisk({ sizeMebibytes: 64 });
    const group = await makeGroup(disk, other);

    await partitionDisk(await disk.look(), { ...layout, sharedStorage: 'break' }, aPort());

    const left = (await listPhysicalVolumes(signal)).filter((each) => each.group === group);
    expect(left.filter(({ missing }) => !missing).map(({ path }) => path)).toEqual([other.path]);
    // A group that misses a disk is still a group that this disk does not hold alone.
    await expect(partitionDisk(await other.look(), layout, aPort())).rejects.toThrow('a disk that is not in this computer');
  });

  test('one half of a mirror is refused with the disk that holds the other half', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 64 });
    await using other = await aLoopDisk({ sizeMebibytes: 64 });
    await makeMember(disk, 0);
    await makeMember(other, 1);

    await expect(partitionDisk(await disk.look(), layout, aPort())).rejects.toMatchObject({
      details: { what: `the RAID array ${arrayId}, which is also on ${other.path}` },
    });
    const { stdout } = await run('mdadm', ['--examine', disk.path], { signal });
    expect(stdout).toContain('raid1');

    await partitionDisk(await disk.look(), { ...layout, sharedStorage: 'break' }, aPort());
    expect((await run('mdadm', ['--examine', disk.path], { signal, okExitCodes: [0, 1] })).stdout).not.toContain('Array UUID');
    expect((await run('mdadm', ['--examine', other.path], { signal })).stdout).toContain('raid1');
  });

  test('a mirror whose other half is gone is removed like any other content', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 64 });
    await makeMember(disk, 0);

    const created = await partitionDisk(await disk.look(), layout, aPort());

    expect((await probeDevice(created[0]?.path ?? '', signal)).TYPE).toBe('ext4');
    expect((await probeDevice(disk.path, signal)).PTTYPE).toBe('gpt');
  });
});
