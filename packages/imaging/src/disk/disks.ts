/** The disks of this machine, and the choice of one by number, path or serial number. Changes nothing. */
import { readFile, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { formatBytes, OstlerError } from '@ostler/contract';
import type { ImagingPort } from '../port.ts';
import { probeDevice } from '../tools/blkid.ts';
import { listBlockDevices, type BlockDevice } from '../tools/lsblk.ts';

export type PartitionStyle = 'gpt' | 'mbr';

export interface Disk {
  /** Position among the disks that a sequence may number (OSDDiskIndex); undefined for removable, read-only and loop ones. */
  readonly index: number | undefined;
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly model: string | undefined;
  readonly serial: string | undefined;
  /** sata, nvme, usb, virtio … as the kernel says. */
  readonly transport: string | undefined;
  readonly rotational: boolean;
  readonly removable: boolean;
  readonly readOnly: boolean;
  readonly logicalSectorBytes: number;
  readonly physicalSectorBytes: number;
  readonly partitionTable: PartitionStyle | undefined;
  readonly partitions: readonly DiskPartition[];
  /** What uses the disk now, in words such as `/dev/sda1 is mounted at /`; empty when it may be overwritten. */
  readonly users: readonly string[];
}

export interface DiskPartition {
  readonly path: string;
  readonly number: number;
  readonly sizeBytes: number;
  readonly mountPoints: readonly string[];
}

/** By number (OSDDiskIndex), by device path or link below /dev/disk, or by serial number. */
export type DiskChoice = { readonly index: number } | { readonly path: string } | { readonly serial: string };

/** RAM disks, the boot and replay-protected areas of eMMC, floppies: never a place for an operating system. */
const notForSystems = /^(?:z?ram|fd|nbd)\d|^mmcblk\d+(?:boot\d|rpmb)$/;
const partitionStyles: Readonly<Record<string, PartitionStyle>> = { gpt: 'gpt', dos: 'mbr' };

/**
 * The machine's disks. Numbers follow the place in the bus topology (the path in sysfs), which stays the same from one start
 * to the next while names such as sda may change.
 */
export async function listDisks({ signal }: Pick<ImagingPort, 'signal'>): Promise<Disk[]> {
  const devices = (await listBlockDevices(signal)).filter(isDisk);
  const places = await Promise.all(devices.map(async (device) => ({ device, place: await sysfsPlace(device.name) })));
  places.sort((a, b) => a.place.localeCompare(b.place, 'en', { numeric: true }));
  const disks: Disk[] = [];
  let next = 0;
  for (const { device } of places) {
    const index = isNumbered(device) ? next++ : undefined;
    disks.push(await describeDisk(device, index, signal));
  }
  return disks;
}

/** Finds the chosen disk. @throws OstlerError DISK_NONE, DISK_NOT_FOUND, DISK_READ_ONLY */
export async function chooseDisk(disks: readonly Disk[], choice: DiskChoice): Promise<Disk> {
  const path = 'path' in choice ? await realpath(choice.path).catch(() => choice.path) : undefined;
  const disk = disks.find((each) => {
    if ('index' in choice) return each.index === choice.index;
    return 'serial' in choice ? each.serial === choice.serial : each.path === path;
  });
  if (disk === undefined) {
    const installed = disks.filter(isInstalled);
    if (installed.length === 0) throw new OstlerError('DISK_NONE', {});
    throw new OstlerError('DISK_NOT_FOUND', { choice: Object.values(choice).join(''), found: installed.map(inWords).join('; ') });
  }
  if (disk.readOnly) throw new OstlerError('DISK_READ_ONLY', { disk: disk.path });
  return disk;
}

/** A loop device may be chosen by its path, but is no disk that a person looks for in a computer. */
export function isInstalled({ name }: Pick<Disk, 'name'>): boolean {
  return !name.startsWith('loop');
}

/** The device path of a disk's partition: sda1, but nvme0n1p1. */
export function partitionPath(disk: string, number: number): string {
  return /\d$/.test(disk) ? `${disk}p${number}` : `${disk}${number}`;
}

function isDisk(device: BlockDevice): boolean {
  return (device.type === 'disk' || device.type === 'loop') && device.size > 0 && !notForSystems.test(device.name);
}

function isRemovable({ rm, tran }: BlockDevice): boolean {
  return rm || tran === 'usb';
}

function isNumbered(device: BlockDevice): boolean {
  return device.type === 'disk' && !isRemovable(device) && !device.ro;
}

async function sysfsPlace(name: string): Promise<string> {
  const path = `/sys/class/block/${name.replaceAll('/', '!')}`;
  return realpath(path).catch(() => path);
}

async function describeDisk(device: BlockDevice, index: number | undefined, signal: AbortSignal): Promise<Disk> {
  const { PTTYPE } = await probeDevice(device.path, signal);
  const parts = (device.children ?? []).filter(({ type }) => type === 'part');
  return {
    index,
    name: device.name,
    path: device.path,
    sizeBytes: device.size,
    model: textOf(device.model),
    serial: textOf(device.serial),
    transport: textOf(device.tran),
    rotational: device.rota,
    removable: isRemovable(device),
    readOnly: device.ro,
    logicalSectorBytes: device['log-sec'],
    physicalSectorBytes: device['phy-sec'],
    partitionTable: PTTYPE === undefined ? undefined : partitionStyles[PTTYPE],
    partitions: await Promise.all(parts.map(describePartition)),
    users: usersOf(device),
  };
}

async function describePartition(part: BlockDevice): Promise<DiskPartition> {
  const number = await readFile(`/sys/class/block/${basename(part.path)}/partition`, 'utf8').catch(() => '0');
  return { path: part.path, number: Number(number), sizeBytes: part.size, mountPoints: mountPointsOf(part) };
}

function mountPointsOf({ mountpoints }: BlockDevice): string[] {
  return mountpoints.filter((each) => each !== null);
}

/** Mounts, swap, and arrays, volumes or encrypted devices stacked on the device, however deep. */
function usersOf(device: BlockDevice): string[] {
  const own = mountPointsOf(device).map((place) => `${device.path} is ${place === '[SWAP]' ? 'used as swap' : `mounted at ${place}`}`);
  const below = (device.children ?? []).flatMap((child) => {
    const stacked = child.type === 'part' ? [] : [`${child.path} (${child.type}) is on ${device.path}`];
    return [...stacked, ...usersOf(child)];
  });
  return [...own, ...below];
}

function textOf(value: string | null): string | undefined {
  return value?.trim() || undefined;
}

function inWords({ index, path, sizeBytes, model, serial }: Disk): string {
  const facts = [index === undefined ? 'no number' : `number ${index}`, formatBytes(sizeBytes), model, serial].filter(Boolean);
  return `${path} (${facts.join(', ')})`;
}
