/**
 * What is stacked on a disk: RAID arrays, LVM volume groups and opened encrypted devices, running or only described by signatures;
 * and which of them also live on another disk. Looking changes nothing; `releaseDisk` stops what is in the way of a new layout.
 */
import { OstlerError } from '@ostler/contract';
import type { ImagingPort } from '../port.ts';
import { run } from '../run.ts';
import { probeDevice } from '../tools/blkid.ts';
import { listBlockDevices, type BlockDevice } from '../tools/lsblk.ts';
import { deactivateGroup, listPhysicalVolumes } from '../tools/lvm.ts';
import { settleDevices } from '../tools/udevadm.ts';

/** What to do with an array or a volume group that also lives on another disk: nothing at all, or take this disk out of it. */
export type SharedStorage = 'refuse' | 'break';

/** An array or volume group with devices on more than one disk. */
interface Shared {
  /** In words: `the volume group data`. */
  readonly what: string;
  /** Paths of the other disks; `a disk that is not in this computer` for one that is missing. */
  readonly others: readonly string[];
}

interface DiskStack {
  /** Mounts and swap on the disk or on what is stacked on it. */
  readonly mounts: readonly string[];
  /** Running devices, the outermost first: the order of stopping. */
  readonly running: readonly BlockDevice[];
  readonly groups: readonly string[];
  readonly shared: readonly Shared[];
}

type Stop = (device: BlockDevice, signal: AbortSignal) => Promise<unknown>;

/** By lsblk's type. Logical volumes go with their group. */
const stops: readonly { readonly type: RegExp; readonly stop: Stop }[] = [
  { type: /^(?:raid\d+|linear|md)$/, stop: ({ path }, signal) => run('mdadm', ['--stop', path], { signal }) },
  { type: /^crypt$/, stop: ({ name }, signal) => run('cryptsetup', ['close', name], { signal }) },
  { type: /^lvm$/, stop: () => Promise.resolve() },
];

/**
 * Stops arrays, volume groups and encrypted devices on the disk. Nothing is stopped before all of it is known to be allowed.
 * @throws OstlerError DISK_IN_USE for what is mounted or of an unknown kind, DISK_SHARED for what also lives on another disk
 */
export async function releaseDisk(disk: string, sharedStorage: SharedStorage, port: ImagingPort): Promise<void> {
  const { signal } = port;
  const stack = await readStack(disk, signal);
  const unknown = stack.running.filter(({ type }) => !stops.some((each) => each.type.test(type)));
  const users = [...stack.mounts, ...unknown.map(({ path, type }) => `${path} (${type}) is on it`)];
  if (users.length > 0) throw new OstlerError('DISK_IN_USE', { disk, users: users.join('; ') });
  if (stack.shared.length > 0 && sharedStorage === 'refuse') {
    throw new OstlerError('DISK_SHARED', { disk, what: stack.shared.map(inWords).join('; ') });
  }
  for (const { what, others } of stack.shared) port.log?.('storage of other disks loses this disk', { disk, what, others });
  for (const group of stack.running.some(({ type }) => type === 'lvm') ? stack.groups : []) await deactivateGroup(group, signal);
  for (const device of stack.running) {
    await stops.find(({ type }) => type.test(device.type))?.stop(device, signal);
    port.log?.('stacked device stopped', { disk, device: device.path, type: device.type });
  }
  if (stack.running.length > 0) await settleDevices(signal);
}

async function readStack(disk: string, signal: AbortSignal): Promise<DiskStack> {
  const devices = await listBlockDevices(signal);
  const trees = devices.map((root) => ({ root, all: [root, ...descendants(root)] }));
  const own = trees.find(({ root }) => root.path === disk)?.all ?? [];
  const disksOf = (path: string): string[] =>
    trees.filter(({ all }) => all.some((each) => each.path === path)).map(({ root }) => root.path);
  const groups = await groupsOn(own, disk, disksOf, signal);
  return {
    mounts: own.flatMap(mountsOf),
    running: outermostFirst(own.filter(({ path, type }) => path !== disk && type !== 'part')),
    groups: groups.map(({ group }) => group),
    shared: [...(await arraysOn(own, trees, disk, signal)), ...groups.filter(({ others }) => others.length > 0)],
  };
}

function descendants(device: BlockDevice): BlockDevice[] {
  return (device.children ?? []).flatMap((child) => [child, ...descendants(child)]);
}

/** A device comes before all that it stands on; each once, though it hangs below several partitions. */
function outermostFirst(devices: readonly BlockDevice[]): BlockDevice[] {
  const last = new Map(devices.toReversed().map((device) => [device.path, device]));
  return [...last.values()];
}

function mountsOf({ path, mountpoints }: BlockDevice): string[] {
  const places = mountpoints.filter((each) => each !== null);
  return places.map((place) => `${path} is ${place === '[SWAP]' ? 'used as swap' : `mounted at ${place}`}`);
}

type Tree = { readonly root: BlockDevice; readonly all: readonly BlockDevice[] };

/**
 * RAID members by their signatures, running or not. An array's id is in each of its members; firmware RAID (Intel, DDF)
 * has none that blkid shows, so two disks of the same kind count as one array.
 */
async function arraysOn(own: readonly BlockDevice[], trees: readonly Tree[], disk: string, signal: AbortSignal): Promise<Shared[]> {
  const found = new Set((await Promise.all(own.map((each) => arrayOf(each, signal)))).filter((id) => id !== undefined));
  if (found.size === 0) return [];
  const others = new Map<string, Set<string>>();
  for (const { root, all } of trees.filter((tree) => tree.root.path !== disk)) {
    for (const device of all.filter(({ path }) => !own.some((each) => each.path === path))) {
      const id = await arrayOf(device, signal);
      if (id !== undefined && found.has(id)) others.set(id, (others.get(id) ?? new Set()).add(root.path));
    }
  }
  return [...others].map(([id, paths]) => ({ what: `the RAID array ${id}`, others: [...paths] }));
}

async function arrayOf({ path }: BlockDevice, signal: AbortSignal): Promise<string | undefined> {
  const { TYPE, UUID } = await probeDevice(path, signal);
  return TYPE?.endsWith('_raid_member') === true ? (UUID ?? TYPE) : undefined;
}

async function groupsOn(own: readonly BlockDevice[], disk: string, disksOf: (path: string) => string[], signal: AbortSignal) {
  const types = await Promise.all(own.map(async ({ path }) => (await probeDevice(path, signal)).TYPE));
  if (!types.includes('LVM2_member')) return [];
  const volumes = await listPhysicalVolumes(signal);
  const names = new Set(volumes.filter(({ path }) => own.some((each) => each.path === path)).map(({ group }) => group));
  names.delete('');
  return [...names].map((group) => {
    const places = volumes.filter((each) => each.group === group).flatMap(({ path, missing }) => (missing ? [missingDisk] : disksOf(path)));
    return { group, what: `the volume group ${group}`, others: [...new Set(places)].filter((each) => each !== disk) };
  });
}

const missingDisk = 'a disk that is not in this computer';

function inWords({ what, others }: Shared): string {
  return `${what}, which is also on ${others.join(' and ')}`;
}
