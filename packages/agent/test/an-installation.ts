/** A real block device, a real WIM, a site that has it: what an installation onto this computer needs. Only fstab and boot loader are left out. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OperatingSystemImage } from '@ostler/contract';
import { realImaging, type ImagingOperations } from '../src/imaging-operations.ts';
import { aFolder, anAssignment, someDependencies } from './builders.ts';
import { startFakeSite } from './fake-site.ts';

const { run } = realImaging;

export async function anInstallation(steps: readonly unknown[], variables: Parameters<typeof anAssignment>[1] = []) {
  const signal = AbortSignal.timeout(180_000);
  const folder = await aFolder();
  const site = await startFakeSite();
  const disk = join(folder.path, 'disk.img');
  await writeFile(disk, '');
  await truncate(disk, 400 * 1024 * 1024);
  const device = (await run('losetup', ['--find', '--show', disk], { signal })).stdout.trim();
  const image = await anImage(folder.path, signal);
  site.contents.set(image.ref.content.sha256, image.bytes);
  site.assignment = { ...anAssignment(steps, variables), images: [image.ref] };
  const imaging: Partial<ImagingOperations> = {
    // A loop device has no number: the test's disk is disk 0.
    chooseDisk: async (disks) => disks.find(({ path }) => path === device) ?? Promise.reject(new Error('no disk')),
    // Not every kernel that tests run on knows FAT.
    mountFileSystem: async (request, port) => {
      if (!request.mountPoint.endsWith('/boot/efi')) await realImaging.mountFileSystem(request, port);
    },
    installBootLoader: async () => ({ kernels: ['6.12'], target: 'x86_64-efi', secureBoot: false }),
    run: async (program, args, options) => (program === 'chroot' ? { stdout: '', stderr: '', exitCode: 0 } : run(program, args, options)),
  };
  return {
    site,
    signal,
    device,
    folder: folder.path,
    start: (more: Partial<ImagingOperations> = {}) =>
      someDependencies({ folder: folder.path, url: site.url, imaging: { ...imaging, ...more } }),
    [Symbol.asyncDispose]: async () => {
      await site[Symbol.asyncDispose]();
      await realImaging.unmountBelow(folder.path);
      await run('partx', ['--delete', device], { signal, okExitCodes: [0, 1] });
      await run('losetup', ['--detach', device], { signal });
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function anImage(folder: string, signal: AbortSignal): Promise<{ ref: OperatingSystemImage; bytes: Buffer }> {
  const tree = join(folder, 'tree');
  await mkdir(join(tree, 'etc'), { recursive: true });
  await mkdir(join(tree, 'boot/efi'), { recursive: true });
  await mkdir(join(tree, 'var/lib'), { recursive: true });
  await writeFile(join(tree, 'etc/motd'), 'from the image\n');
  await writeFile(join(tree, 'etc/os-release'), 'ID=debian\n');
  await writeFile(join(tree, 'big'), Buffer.alloc(3_000_000, 'abcdefg'));
  await run('ln', ['-s', 'etc/motd', join(tree, 'link')], { signal });
  const wim = join(folder, 'image.wim');
  const port = { signal, report: () => undefined };
  await realImaging.captureWimImage(
    { source: tree, destination: wim, compression: 'xpress', name: 'Test', description: '', exclude: [] },
    port,
  );
  const bytes = await readFile(wim);
  const content = { sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
  const none = { edition: null, architecture: null, osVersion: null, createdAt: null, modifiedAt: null };
  const index = {
    index: 1,
    name: 'Test',
    description: '',
    languages: [],
    sizeBytes: 3_000_100,
    hardLinkBytes: 0,
    fileCount: 4,
    family: 'linux' as const,
    ...none,
  };
  const createdAt = new Date(0).toISOString();
  const ref = {
    id: 'image-1',
    name: 'Test',
    description: '',
    origin: 'import' as const,
    content,
    compression: 'xpress',
    indexes: [index],
    createdAt,
  };
  return { ref, bytes };
}
