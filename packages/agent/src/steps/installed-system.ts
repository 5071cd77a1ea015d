/** The Linux system that settings and user state are captured from: the running one, or in the boot environment the one on the disks. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OstlerError } from '@ostler/contract';
import { imagingPort, type StepContext } from './step-context.ts';

const rootFileSystems = ['ext4', 'xfs', 'btrfs'];

/**
 * Calls `work` with the system's root. In the boot environment it is mounted read-only for that long, the first one in the order of
 * disks and partitions. @throws OstlerError CAPTURE_SOURCE_MISSING
 */
export async function withInstalledSystem<T>(context: StepContext, work: (root: string) => Promise<T>): Promise<T> {
  if (context.environment === 'installed-os') return work('/');
  const { imaging, target } = context;
  await target.unmountAll();
  const mountPoint = join(dirname(target.rootPath), 'captured');
  await mkdir(mountPoint, { recursive: true });
  try {
    for (const device of await candidates(context)) {
      // noload: a file system that was not unmounted is not repaired just by being looked at.
      await imaging.run('mount', ['-o', device.fileSystem === 'ext4' ? 'ro,noload' : 'ro', device.path, mountPoint], {
        signal: context.signal,
      });
      if ((await imaging.describeLinuxTree(mountPoint)) !== undefined) return await work(mountPoint);
      await imaging.unmountBelow(mountPoint);
    }
  } finally {
    await imaging.unmountBelow(mountPoint);
  }
  throw new OstlerError('CAPTURE_SOURCE_MISSING', { problem: 'no disk of this computer has a Linux system' });
}

async function candidates(context: StepContext): Promise<{ readonly path: string; readonly fileSystem: string }[]> {
  const { imaging, signal } = context;
  const partitions = (await imaging.listDisks(imagingPort(context)))
    .filter(({ removable }) => !removable)
    .flatMap((disk) => disk.partitions);
  const probed = await Promise.all(
    partitions.map(async ({ path }) => ({ path, fileSystem: (await imaging.probeDevice(path, signal)).TYPE ?? '' })),
  );
  return probed.filter(({ fileSystem }) => rootFileSystems.includes(fileSystem));
}
