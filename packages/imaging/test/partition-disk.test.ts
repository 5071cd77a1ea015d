import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PartitionOptions } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import { chooseDisk, listDisks } from '../src/disk/disks.ts';
import { mountFileSystem, unmountBelow } from '../src/disk/mounts.ts';
import { partitionDisk } from '../src/disk/partition-disk.ts';
import { run } from '../src/run.ts';
import { probeDevice } from '../src/tools/blkid.ts';
import { listMountPoints } from '../src/tools/mount.ts';
import { readPartitionTable } from '../src/tools/sfdisk.ts';
import { aLoopDisk, aPort } from './loop-disk.ts';

const isRoot = process.getuid?.() === 0;
const parts = (...options: unknown[]) => options.map((each) => PartitionOptions.parse(each));

const everyFileSystem = parts(
  { name: 'BIOS', type: 'bios-boot', size: 1, sizeUnits: 'MB' },
  { name: 'EFI system', type: 'efi', size: 64, sizeUnits: 'MB' },
  { name: 'Swap', type: 'swap', size: 16, sizeUnits: 'MB' },
  { name: 'Root', fileSystem: 'ext4', size: 512, sizeUnits: 'MB', variable: 'OSDTargetDrive', bootable: true },
  { name: 'Data', fileSystem: 'xfs', size: 320, sizeUnits: 'MB' },
  { name: 'More', fileSystem: 'btrfs', size: 200, sizeUnits: 'MB' },
  { name: 'MSR', type: 'msr', size: 16, sizeUnits: 'MB' },
  { name: 'Windows', fileSystem: 'ntfs', size: 50, sizeUnits: 'percent' },
  { name: 'WinRE', type: 'recovery', fileSystem: 'ntfs', size: 100, sizeUnits: 'percent' },
);

describe.skipIf(!isRoot)('partitioning a real block device (needs root)', () => {
  test('a GPT disk gets every file system, with the attributes of Windows recovery partitions', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 2048 });
    const port = aPort();

    const created = await partitionDisk(await disk.look(), { style: 'gpt', partitions: everyFileSystem }, port);

    expect(created.map(({ fileSystem, mountSuggestion }) => [fileSystem, mountSuggestion])).toEqual([
      ['none', undefined],
      ['fat32', '/boot/efi'],
      ['swap', 'swap'],
      ['ext4', '/'],
      ['xfs', undefined],
      ['btrfs', undefined],
      ['none', undefined],
      ['ntfs', undefined],
      ['ntfs', undefined],
    ]);
    const types = await Promise.all(created.map(async ({ path }) => (await probeDevice(path, port.signal)).TYPE));
    expect(types).toEqual([undefined, 'vfat', 'swap', 'ext4', 'xfs', 'btrfs', undefined, 'ntfs', 'ntfs']);
    expect(created.filter(({ fileSystem }) => fileSystem !== 'none').every(({ uuid }) => uuid !== undefined)).toBe(true);
    expect(new Set(created.map(({ partUuid }) => partUuid)).size).toBe(9);
    expect(created[3]).toMatchObject({ path: `${disk.path}p4`, label: 'Root', variable: 'OSDTargetDrive', bootable: true });
    const table = await readPartitionTable(disk.path, port.signal);
    expect(table.partitions[3]).toMatchObject({ name: 'Root', attrs: 'LegacyBIOSBootable' });
    expect(table.partitions[8]).toMatchObject({ type: 'DE94BBA4-06D1-4D40-A16A-BFD50179D6AC', attrs: 'RequiredPartition GUID:63' });
    expect(port.reports.at(-1)).toMatchObject({ activity: 'Formatting partition 9', done: 10, total: 11, unit: 'items' });
  });

  test('an MBR disk gets primary, extended and logical partitions', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 512 });
    const partitions = parts(
      { name: 'Root', size: 200, sizeUnits: 'MB', bootable: true },
      { type: 'extended', size: 100, sizeUnits: 'percent' },
      { type: 'logical', size: 50, sizeUnits: 'MB' },
      { type: 'logical', fileSystem: 'ntfs', size: 100, sizeUnits: 'percent' },
    );

    const created = await partitionDisk(await disk.look(), { style: 'mbr', partitions }, aPort());

    expect(created.map(({ number }) => number)).toEqual([1, 2, 5, 6]);
    const table = await readPartitionTable(disk.path, AbortSignal.timeout(5000));
    expect(table.partitions.map(({ type, bootable }) => [type, bootable])).toEqual([
      ['83', true],
      ['f', undefined],
      ['83', undefined],
      ['7', undefined],
    ]);
    expect(created[2]?.partUuid).toMatch(/^[0-9a-f]{8}-05$/);
  });

  test('partitioning again gives the same layout, and nothing of the first one is left', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 700 });
    const layout = {
      style: 'gpt' as const,
      partitions: parts({ fileSystem: 'xfs', size: 60, sizeUnits: 'percent' }, { size: 100, sizeUnits: 'percent' }),
    };
    const first = await partitionDisk(await disk.look(), layout, aPort());

    const second = await partitionDisk(await disk.look(), layout, aPort());

    expect(second.map(({ sizeBytes }) => sizeBytes)).toEqual(first.map(({ sizeBytes }) => sizeBytes));
    expect(second[0]?.uuid).not.toBe(first[0]?.uuid);
    expect((await disk.look()).partitions.map(({ number }) => number)).toEqual([1, 2]);
  });

  test('a layout with fewer partitions leaves none of the old ones, neither as a device nor as a signature', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 256 });
    const halves = parts({ size: 50, sizeUnits: 'percent' }, { size: 100, sizeUnits: 'percent' });
    await partitionDisk(await disk.look(), { style: 'gpt', partitions: halves }, aPort());
    const whole = parts({ fileSystem: 'none', size: 100, sizeUnits: 'percent' });

    const created = await partitionDisk(await disk.look(), { style: 'mbr', partitions: whole }, aPort());

    expect((await disk.look()).partitions).toHaveLength(1);
    expect((await disk.look()).partitionTable).toBe('mbr');
    expect((await probeDevice(created[0]?.path ?? '', AbortSignal.timeout(5000))).TYPE).toBeUndefined();
  });

  test('a disk with sectors of 4096 bytes is partitioned in its own sectors', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 512, sectorBytes: 4096 });
    const partitions = parts({ size: 100, sizeUnits: 'MB' }, { size: 100, sizeUnits: 'percent' });

    const created = await partitionDisk(await disk.look(), { style: 'gpt', partitions }, aPort());

    expect(created.map(({ sizeBytes }) => sizeBytes / 1024 / 1024)).toEqual([100, 410]);
  });

  test('a mounted disk is refused with the name of what uses it, and keeps its content', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 256 });
    const layout = { style: 'gpt' as const, partitions: parts({ size: 100, sizeUnits: 'percent' }) };
    const [created] = await partitionDisk(await disk.look(), layout, aPort());
    const mountPoint = join(disk.folder, 'mnt with blank');
    await mountFileSystem({ device: created?.path ?? '', mountPoint }, aPort());

    await expect(partitionDisk(await disk.look(), layout, aPort())).rejects.toMatchObject({
      code: 'DISK_IN_USE',
      details: { users: `${disk.path}p1 is mounted at ${mountPoint}` },
    });

    await unmountBelow(disk.folder);
    expect((await probeDevice(created?.path ?? '', AbortSignal.timeout(5000))).UUID).toBe(created?.uuid);
  });

  test('unmounting takes what is mounted inside first, and says what is busy', async () => {
    await using disk = await aLoopDisk({ sizeMebibytes: 64 });
    const [created] = await partitionDisk(
      await disk.look(),
      { style: 'gpt', partitions: parts({ size: 100, sizeUnits: 'percent' }) },
      aPort(),
    );
    const { signal } = aPort();
    const mountPoint = join(disk.folder, 'root');
    await mountFileSystem({ device: created?.path ?? '', mountPoint }, { signal });
    await mkdir(join(mountPoint, 'inner'));
    await run('mount', ['-t', 'tmpfs', 'none', join(mountPoint, 'inner')], { signal });

    await unmountBelow(disk.folder);

    expect((await listMountPoints()).filter((each) => each.startsWith(disk.folder))).toEqual([]);
  });

  test('a disk is chosen by path, and a missing one is named with the disks that are installed', async () => {
    await using device = await aLoopDisk({ sizeMebibytes: 64 });
    const disks = await listDisks(aPort());
    const loop = await chooseDisk(disks, { path: device.path });
    const installed = { ...loop, name: 'sda', path: '/dev/sda', index: 0 };

    expect(loop).toMatchObject({ path: device.path, sizeBytes: 64 * 1024 * 1024, index: undefined });
    await expect(chooseDisk([loop, installed], { index: 99 })).rejects.toThrow('There is no disk 99. Found: /dev/sda (number 0, 64 MiB).');
    await expect(chooseDisk([loop, installed], { serial: 'NOT-THERE' })).rejects.toMatchObject({ code: 'DISK_NOT_FOUND' });
    await expect(chooseDisk([loop], { index: 0 })).rejects.toMatchObject({ code: 'DISK_NONE' });
  });
});
