/** mount and umount (util-linux), and the kernel's own list of mounts. */
import { readFile } from 'node:fs/promises';
import { run } from '../run.ts';

/** `source` may be a device, a directory to bind or the name of a virtual file system, as the options say. */
export async function mount(source: string, mountPoint: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  await run('mount', [...args, source, mountPoint], { signal });
}

/** @returns false when it is busy. */
export async function unmount(mountPoint: string, signal: AbortSignal): Promise<boolean> {
  const { exitCode } = await run('umount', [mountPoint], { signal, okExitCodes: [0, 32] });
  return exitCode === 0 || !(await listMountPoints()).includes(mountPoint);
}

/** Every mount point of this process's namespace, in the order of mounting; a path comes twice when two mounts cover it. */
export async function listMountPoints(): Promise<string[]> {
  return (await listMounts()).map(({ mountPoint }) => mountPoint);
}

export interface MountedFileSystem {
  readonly mountPoint: string;
  readonly type: string;
  /** A device, or what the type of file system makes of it. */
  readonly source: string;
}

export async function listMounts(): Promise<MountedFileSystem[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [own = '', rest = ''] = line.split(' - ');
    const [type = '', source = ''] = rest.split(' ');
    return { mountPoint: unescape_(own.split(' ')[4] ?? ''), type, source: unescape_(source) };
  });
}

/** The kernel writes blanks, tabs, newlines and backslashes as octal numbers (proc(5)). */
function unescape_(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_whole, digits: string) => String.fromCodePoint(Number.parseInt(digits, 8)));
}
