/** Looking into a file system that may hold somebody's data: mounted so that not even its journal is replayed, and never left mounted. */
import type { ImagingPort } from '../port.ts';
import { probeDevice } from '../tools/blkid.ts';
import { mountFileSystem, unmountBelow } from './mounts.ts';

const optionsOf: Readonly<Record<string, readonly string[]>> = {
  ext4: ['ro', 'noload'],
  ext3: ['ro', 'noload'],
  xfs: ['ro', 'norecovery', 'nouuid'],
  btrfs: ['ro', 'rescue=nologreplay'],
  ntfs: ['ro'],
};
/** What may hold an operating system that this look cannot reach. */
const closed: Readonly<Record<string, string>> = {
  crypto_LUKS: 'is encrypted with LUKS',
  BitLocker: 'is encrypted with BitLocker',
  LVM2_member: 'belongs to a volume group of LVM',
  linux_raid_member: 'belongs to a RAID array',
};

export type Look<T> =
  | { readonly kind: 'seen'; readonly result: T }
  /** No file system that an operating system could be on. */
  | { readonly kind: 'nothing' }
  /** In words: `is encrypted with LUKS`. */
  | { readonly kind: 'closed'; readonly why: string };

/** Mounts a device at an empty folder, lets `work` read there, and unmounts it whatever happens. */
export async function lookInto<T>(
  { device, mountPoint }: { readonly device: string; readonly mountPoint: string },
  { signal }: Pick<ImagingPort, 'signal'>,
  work: (root: string) => Promise<T>,
): Promise<Look<T>> {
  const { TYPE: type = '' } = await probeDevice(device, signal);
  const why = closed[type];
  if (why !== undefined) return { kind: 'closed', why };
  const options = optionsOf[type];
  if (options === undefined) return { kind: 'nothing' };
  try {
    await mountFileSystem({ device, mountPoint, options }, { signal });
    return { kind: 'seen', result: await work(mountPoint) };
  } finally {
    await unmountBelow(mountPoint);
  }
}
