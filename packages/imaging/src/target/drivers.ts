/**
 * Apply Driver Package for an applied Debian-like tree: firmware files into the kernel's folder, .deb packages by the tree's own dpkg, DKMS
 * modules for the tree's kernels rather than the running one. The initramfs that needs both is marked, not made: initramfs.ts.
 */
import { glob, mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { ImagingPort } from '../port.ts';
import { run } from '../run.ts';
import { insideTree } from './chroot.ts';
import { markInitramfs } from './initramfs.ts';
import { existsInside, hasProgram, listKernels, requireLinuxTree } from './linux-tree.ts';
import { resolveInTree } from './tree-files.ts';

export interface DriverReport {
  readonly firmwareFiles: number;
  /** File names. */
  readonly packages: readonly string[];
  /** Kernels that DKMS built modules for. */
  readonly kernels: readonly string[];
}

/**
 * Settles when everything is on the disk, and the initramfs is marked as one to be made anew.
 * @param folder the driver package's files, inside the tree
 * @throws OstlerError TARGET_NOT_LINUX before anything is written; COMMAND_FAILED
 */
export async function applyDrivers(root: string, folder: string, port: ImagingPort): Promise<DriverReport> {
  await requireLinuxTree(root);
  const packages = await filesOf(folder, '**/*.deb');
  const firmware = await filesOf(folder, 'firmware/**/*');
  if (firmware.length + packages.length > 0) await markInitramfs(root);
  port.report({ activity: 'Copying firmware', done: 0, total: 2, unit: 'items' });
  await copyFirmware(root, folder, firmware, port.signal);
  const kernels = await listKernels(root);
  const isDkmsUsed = packages.length > 0 && (await usesDkms(root, packages, folder, port.signal));
  await insideTree(root, port, async (runInTree) => {
    port.report({ activity: 'Installing driver packages', done: 1, total: 2, unit: 'items' });
    const paths = packages.map((path) => join('/', relative(root, join(folder, path))));
    if (paths.length > 0) await runInTree('dpkg', ['--force-confdef', '--force-confold', '--install', ...paths]);
    // What runs now is the boot environment's kernel: DKMS would build for that one by itself.
    for (const kernel of isDkmsUsed ? kernels : []) await runInTree('dkms', ['autoinstall', '-k', kernel]);
  });
  await run('sync', [], { signal: port.signal });
  const report = { firmwareFiles: firmware.length, packages, kernels: isDkmsUsed ? kernels : [] };
  port.log?.('drivers applied', { root, ...report });
  return report;
}

async function filesOf(folder: string, pattern: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of glob(pattern, { cwd: folder, withFileTypes: true })) {
    if (entry.isFile()) found.push(relative(folder, join(entry.parentPath, entry.name)));
  }
  return found.toSorted();
}

/** Debian's kernel looks below /usr/lib/firmware, and /lib is a link to /usr/lib where the two are one. */
async function copyFirmware(root: string, folder: string, files: readonly string[], signal: AbortSignal): Promise<void> {
  const place = (await existsInside(root, 'usr/lib/firmware')) ? 'usr/lib/firmware' : 'lib/firmware';
  for (const file of files) {
    // A file's own place may be a link inside the tree, such as one vendor's folder to another.
    const destination = await resolveInTree(root, join(place, relative('firmware', file)));
    await mkdir(dirname(destination), { recursive: true });
    await run('cp', ['--no-preserve=ownership', '--remove-destination', join(folder, file), destination], { signal });
  }
}

/** The tree has DKMS, or one of the packages brings it. */
async function usesDkms(root: string, packages: readonly string[], folder: string, signal: AbortSignal): Promise<boolean> {
  if (await hasProgram(root, 'dkms')) return true;
  const names = await Promise.all(packages.map((path) => run('dpkg-deb', ['--field', join(folder, path), 'Package'], { signal })));
  return names.some(({ stdout }) => stdout.trim() === 'dkms');
}
