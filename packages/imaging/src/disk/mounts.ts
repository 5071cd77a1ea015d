/** Mounting and unmounting file systems of disks, leaving nothing mounted behind and nothing unwritten. */
import { mkdir, realpath } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { OstlerError } from '@ostler/contract';
import type { ImagingPort } from '../port.ts';
import { run } from '../run.ts';
import { listMountPoints, listMounts, mount, unmount } from '../tools/mount.ts';

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

/**
 * Settles when everything that any program has written to this computer's disks is on them. Network folders are left out: one whose server
 * is gone would never end.
 */
export async function flushDisks({ signal }: Pick<ImagingPort, 'signal'>): Promise<void> {
  const onDisks = (await listMounts()).filter(({ source }) => source.startsWith('/dev/'));
  const paths = new Map(onDisks.map(({ source, mountPoint }) => [source, mountPoint]));
  if (paths.size === 0) return;
  // A mount point that another mount covers, or that is gone meanwhile, is refused (exit code 1); the others are flushed all the same.
  await run('sync', ['--file-system', ...paths.values()], { signal, okExitCodes: [0, 1] });
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
