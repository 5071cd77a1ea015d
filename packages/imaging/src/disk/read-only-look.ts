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
const encryptions: Readonly<Record<string, string>> = { crypto_LUKS: 'LUKS', BitLocker: 'BitLocker' };

export type Look<T> =
  | { readonly kind: 'seen'; readonly result: T }
  /** No file system that an operating system could be on. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'encrypted'; readonly by: string };

/** Mounts a device at an empty folder, lets `work` read there, and unmounts it whatever happens. */
export async function lookInto<T>(
  { device, mountPoint }: { readonly device: string; readonly mountPoint: string },
  { signal }: Pick<ImagingPort, 'signal'>,
  work: (root: string) => Promise<T>,
): Promise<Look<T>> {
  const { TYPE: type = '' } = await probeDevice(device, signal);
  const by = encryptions[type];
  if (by !== undefined) return { kind: 'encrypted', by };
  const options = optionsOf[type];
  if (options === undefined) return { kind: 'nothing' };
  try {
    await mountFileSystem({ device, mountPoint, options }, { signal });
    return { kind: 'seen', result: await work(mountPoint) };
  } finally {
    await unmountBelow(mountPoint);
  }
}
