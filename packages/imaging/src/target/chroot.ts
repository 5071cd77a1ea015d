/** Running a tree's own programs inside it: with /dev, /proc, /sys and an empty /run, and nothing left mounted after. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unmountBelow } from '../disk/mounts.ts';
import type { ImagingPort } from '../port.ts';
import { run, type Exit } from '../run.ts';
import { mount } from '../tools/mount.ts';

/** Runs one program of the tree. `input` is for standard input: the place for secrets, which must not be arguments. */
export type RunInTree = (program: string, args: readonly string[], input?: string) => Promise<Exit>;

/** The virtual file systems that programs expect, in the order of mounting. */
const virtualFileSystems = [
  { path: 'proc', source: 'proc', args: ['-t', 'proc'] },
  { path: 'sys', source: 'sysfs', args: ['-t', 'sysfs'] },
  { path: 'dev', source: '/dev', args: ['--bind'] },
  { path: 'run', source: 'tmpfs', args: ['-t', 'tmpfs'] },
] as const;

/** No questions, no services started, the tree's own paths. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  DEBIAN_FRONTEND: 'noninteractive',
  HOME: '/root',
  SYSTEMD_OFFLINE: '1',
};

/** @throws whatever `work` throws, after unmounting */
export async function insideTree<T>(
  root: string,
  { signal }: Pick<ImagingPort, 'signal'>,
  work: (runInTree: RunInTree) => Promise<T>,
): Promise<T> {
  try {
    for (const { path, source, args } of virtualFileSystems) {
      const mountPoint = join(root, path);
      await mkdir(mountPoint, { recursive: true });
      await mount(source, mountPoint, args, signal);
    }
    return await work((program, args, input) =>
      run('chroot', [root, program, ...args], { signal, env: environment, ...(input === undefined ? {} : { input }) }),
    );
  } finally {
    for (const { path } of virtualFileSystems.toReversed()) await unmountBelow(join(root, path));
  }
}
