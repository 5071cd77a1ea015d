/** Mounting and unmounting file systems of disks, and leaving nothing mounted behind. */
import { mkdir, realpath } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { OstlerError } from '@ostler/contract';
import type { ImagingPort } from '../port.ts';
import { listMountPoints, mount, unmount } from '../tools/mount.ts';

export interface MountRequest {
  /** A block device. */
  readonly device: string;
  /** Made when it does not exist. */
  readonly mountPoint: string;
  /** As in `mount -o`. */
  readonly options?: readonly string[];
}

/** Mounts a device; once more on the same place is done already. */
export async function mountFileSystem(request: MountRequest, { signal }: Pick<ImagingPort, 'signal'>): Promise<void> {
  await mkdir(request.mountPoint, { recursive: true });
  const mountPoint = await realpath(request.mountPoint);
  if ((await listMountPoints()).includes(mountPoint)) return;
  const options = request.options === undefined ? [] : ['-o', request.options.join(',')];
  await mount(request.device, mountPoint, options, signal);
}

const unmountTimeoutMs = 60_000;
const unmountAttempts = 20;

/**
 * Unmounts everything at and below the path, the latest first. It has a time limit of its own rather than the caller's signal,
 * because it also cleans up after a cancelled operation.
 * @throws OstlerError MOUNT_BUSY
 */
export async function unmountBelow(path: string): Promise<void> {
  const root = await realpath(path).catch(() => path);
  const signal = AbortSignal.timeout(unmountTimeoutMs);
  const isBelow = (each: string): boolean => each === root || each.startsWith(root === '/' ? '/' : `${root}/`);
  for (const mountPoint of (await listMountPoints()).filter(isBelow).toReversed()) {
    await unmountPatiently(mountPoint, signal);
  }
}

/** A program that has just ended may still hold files for a moment. */
async function unmountPatiently(mountPoint: string, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; attempt <= unmountAttempts; attempt++) {
    if (await unmount(mountPoint, signal)) return;
    await setTimeout(100, undefined, { signal });
  }
  throw new OstlerError('MOUNT_BUSY', { path: mountPoint });
}
