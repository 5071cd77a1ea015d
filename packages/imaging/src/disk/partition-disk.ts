/**
 * Format and Partition Disk: wipes one disk, writes the planned table, waits for the kernel and makes the file systems.
 * Running it again gives the same layout on a fresh disk. Where things go is partition-plan.ts.
 */
import { access, open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { OstlerError } from '@ostler/contract';
import type { ImagingPort } from '../port.ts';
import { probeDevice } from '../tools/blkid.ts';
import { formatDevice, labelOf } from '../tools/mkfs.ts';
import { addKernelPartitions, forgetKernelPartitions } from '../tools/partx.ts';
import { writePartitionTable } from '../tools/sfdisk.ts';
import { settleDevices } from '../tools/udevadm.ts';
import { wipeSignatures } from '../tools/wipefs.ts';
import { releaseDisk } from './disk-stack.ts';
import { chooseDisk, listDisks, partitionPath, type Disk } from './disks.ts';
import { planPartitions, type PartitionLayout, type PartitionPlan, type PlannedPartition } from './partition-plan.ts';
import { fileSystemOf, type FileSystem, type PartitionType } from './partition-types.ts';

export interface CreatedPartition {
  readonly number: number;
  readonly path: string;
  readonly type: PartitionType;
  readonly fileSystem: FileSystem;
  readonly sizeBytes: number;
  readonly partUuid: string | undefined;
  /** Of the file system; undefined when there is none. */
  readonly uuid: string | undefined;
  readonly label: string | undefined;
  readonly bootable: boolean;
  /** The sequence variable that wants the device path. */
  readonly variable: string | undefined;
  /** The layout's own, else `/boot/efi`, `swap`, `/` for the largest Linux file system; undefined where the layout says nothing about its use. */
  readonly mountSuggestion: string | undefined;
}

/**
 * @param disk as listDisks gave it; what uses it is looked up again.
 * @throws OstlerError DISK_IN_USE, DISK_SHARED and the planner's errors before anything is written; COMMAND_FAILED, PARTITIONS_NOT_SEEN after
 */
export async function partitionDisk(disk: Disk, layout: PartitionLayout, port: ImagingPort): Promise<CreatedPartition[]> {
  const plan = planPartitions(disk, layout);
  const now = await chooseDisk(await listDisks(port), { path: disk.path });
  await releaseDisk(now.path, layout.sharedStorage ?? 'refuse', port);
  const report = progressOf(plan, port);
  report('Removing the old content');
  await wipeDisk(now, port);
  report('Writing the partition table');
  await writePartitionTable(disk.path, { style: plan.style, entries: plan.partitions.map(tableEntry) }, port.signal);
  await settleDevices(port.signal);
  await addKernelPartitions(disk.path, port.signal);
  await settleDevices(port.signal);
  const created: CreatedPartition[] = [];
  for (const partition of plan.partitions) {
    report(`Formatting partition ${partition.number}`);
    created.push(await formatPartition(disk, plan, partition, port));
  }
  await settleDevices(port.signal);
  port.log?.('disk partitioned', { disk: disk.path, partitions: created });
  return created;
}

function progressOf(plan: PartitionPlan, port: ImagingPort): (activity: string) => void {
  const total = plan.partitions.length + 2;
  let done = 0;
  return (activity) => port.report({ activity, done: done++, total, unit: 'items' });
}

function tableEntry({ options, number, startSector, sizeSectors, typeCode, attributes }: PlannedPartition) {
  return { number, startSector, sizeSectors, typeCode, attributes, name: options.name, bootable: options.bootable };
}

/**
 * Signatures on the old partitions, on the disk with the table's backup, and then the first and last MiB: old boot code, so
 * that a disk whose deployment stops half-way never boots what was there, and RAID metadata that stands at the end.
 */
async function wipeDisk(disk: Disk, { signal }: ImagingPort): Promise<void> {
  for (const { path } of disk.partitions) await wipeSignatures(path, signal);
  await wipeSignatures(disk.path, signal);
  await forgetKernelPartitions(disk.path, signal);
  await zeroEnds(disk.path, disk.sizeBytes);
}

const edgeBytes = 1024 * 1024;

async function zeroEnds(path: string, sizeBytes: number): Promise<void> {
  const zeros = Buffer.alloc(edgeBytes);
  await using file = await open(path, 'r+');
  for (const position of [0, sizeBytes - edgeBytes]) await file.write(zeros, 0, edgeBytes, position);
  await file.sync();
}

async function formatPartition(disk: Disk, plan: PartitionPlan, planned: PlannedPartition, port: ImagingPort): Promise<CreatedPartition> {
  const { options, number, sizeBytes } = planned;
  const path = partitionPath(disk.path, number);
  await waitForPartition(path, options.type === 'extended' ? undefined : sizeBytes, port.signal);
  const fileSystem = fileSystemOf(options);
  if (options.type !== 'extended') await wipeSignatures(path, port.signal);
  await formatDevice({ path, fileSystem, label: options.name, quick: options.quickFormat }, port.signal);
  const found = await probeDevice(path, port.signal);
  return {
    number,
    path,
    type: options.type,
    fileSystem,
    sizeBytes,
    partUuid: found.PART_ENTRY_UUID,
    uuid: fileSystem === 'none' ? undefined : found.UUID,
    label: labelOf(fileSystem, options.name) || undefined,
    bootable: options.bootable,
    variable: options.variable,
    mountSuggestion: mountSuggestionOf(planned, plan),
  };
}

const seenTimeoutSeconds = 30;

/** Until the device node is there and the kernel gives it the planned size (an extended partition shows one KiB or two). */
async function waitForPartition(path: string, sizeBytes: number | undefined, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; attempt < seenTimeoutSeconds * 10; attempt++) {
    if (await isSeen(path, sizeBytes)) return;
    await setTimeout(100, undefined, { signal });
  }
  throw new OstlerError('PARTITIONS_NOT_SEEN', { path, seconds: seenTimeoutSeconds });
}

async function isSeen(path: string, sizeBytes: number | undefined): Promise<boolean> {
  try {
    await access(path);
    const sectors = Number(await readFile(`/sys/class/block/${basename(path)}/size`, 'utf8'));
    return sizeBytes === undefined || sectors * 512 === sizeBytes;
  } catch {
    return false;
  }
}

const linuxFileSystems: readonly FileSystem[] = ['ext4', 'xfs', 'btrfs'];

function mountSuggestionOf(planned: PlannedPartition, plan: PartitionPlan): string | undefined {
  const { options } = planned;
  if (options.mountPoint !== undefined) return options.mountPoint;
  if (options.type === 'efi') return '/boot/efi';
  if (fileSystemOf(options) === 'swap') return 'swap';
  const candidates = plan.partitions.filter(
    (each) => each.options.mountPoint === undefined && linuxFileSystems.includes(fileSystemOf(each.options)),
  );
  const largest = candidates.toSorted((a, b) => b.sizeBytes - a.sizeBytes)[0];
  return planned === largest ? '/' : undefined;
}
