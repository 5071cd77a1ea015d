/** A whole installation onto a real block device: real partitions, a real WIM, real downloads; only fstab and boot loader are left out. */
import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, readlink, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OperatingSystemImage } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import { handOver, removeTraces } from '../src/end-run.ts';
import { realImaging, type ImagingOperations } from '../src/imaging-operations.ts';
import { runSequence } from '../src/run-sequence.ts';
import { aFolder, anAssignment, someDependencies } from './builders.ts';
import { startFakeSite } from './fake-site.ts';

const isRoot = process.getuid?.() === 0;
const { run } = realImaging;

const steps = [
  {
    type: 'format-and-partition-disk',
    name: 'Partition',
    options: {
      style: 'gpt',
      partitions: [
        { type: 'efi', name: 'EFI', size: 40, sizeUnits: 'MB' },
        { name: 'Root', size: 100, sizeUnits: 'percent', variable: 'RootDevice' },
      ],
    },
  },
  { type: 'apply-operating-system-image', name: 'Apply', options: { imageId: 'image-1' } },
  { type: 'run-command-line', name: 'Inside', options: { commandLine: 'cat %OSDTargetSystemRoot%/etc/motd; echo %RootDevice%' } },
  { type: 'setup-operating-system', name: 'Setup', options: {} },
];

async function anInstallation() {
  const signal = AbortSignal.timeout(60_000);
  const folder = await aFolder();
  const site = await startFakeSite();
  const disk = join(folder.path, 'disk.img');
  await writeFile(disk, '');
  await truncate(disk, 400 * 1024 * 1024);
  const device = (await run('losetup', ['--find', '--show', disk], { signal })).stdout.trim();
  const image = await anImage(folder.path, signal);
  site.contents.set(image.ref.content.sha256, image.bytes);
  site.assignment = { ...anAssignment(steps), images: [image.ref] };
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

describe.skipIf(!isRoot)('an installation onto a real disk (needs root)', () => {
  test('lays the image down, puts the agent into it, and asks for the restart with everything on the disk', async () => {
    await using installation = await anInstallation();
    const { site, signal } = installation;
    const dependencies = installation.start();

    const end = await runSequence(site.assignment!, dependencies, signal);
    await handOver(end, dependencies, signal);

    expect(end.outcome).toMatchObject({ kind: 'restart', target: 'installed-os' });
    expect(site.messages.find(({ stepName, kind }) => stepName === 'Apply' && kind === 'step-succeeded')?.facts).toMatchObject({
      image: 'Test',
      downloadBytes: site.contents.values().next().value?.length,
    });
    expect(site.messages.find(({ stepName, kind }) => stepName === 'Inside' && kind === 'step-succeeded')?.output).toBe(
      `from the image\n${installation.device}p2`,
    );
    const root = join(installation.folder, 'look');
    await realImaging.mountFileSystem({ device: `${installation.device}p2`, mountPoint: root }, { signal });
    expect(await readlink(join(root, 'link'))).toBe('etc/motd');
    expect((await readdir(join(root, 'var/lib/ostler'))).toSorted()).toEqual(
      expect.arrayContaining(['agent.json', 'agent.mjs', 'journal.json', 'messages.json', 'node']),
    );
    expect((await stat(join(root, 'var/lib/ostler/agent.json'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(root, 'var/lib/ostler/journal.json'), 'utf8')).toContain('"plannedRestart":true');
    expect((await lstat(join(root, 'etc/systemd/system/multi-user.target.wants/ostler-agent.service'))).isSymbolicLink()).toBe(true);
  });

  test('an agent that has taken itself off the disk is put on it again by a run that is begun again', async () => {
    await using installation = await anInstallation();
    const { site, signal } = installation;
    const dependencies = installation.start();
    const end = await runSequence(site.assignment!, dependencies, signal);
    const look = join(installation.folder, 'look');
    const agentFiles = async (): Promise<string[]> => {
      await realImaging.mountFileSystem({ device: `${installation.device}p2`, mountPoint: look }, { signal });
      const found = await readdir(join(look, 'var/lib/ostler')).catch(() => []);
      await realImaging.unmountBelow(look);
      return found;
    };
    await handOver(end, dependencies, signal);
    await removeTraces(end.state, dependencies, signal);
    expect(await agentFiles()).toEqual([]);

    await handOver(end, dependencies, signal);

    expect(await agentFiles()).toEqual(expect.arrayContaining(['agent.json', 'agent.mjs', 'journal.json', 'node']));
  });

  test('a power cut in the middle of the apply: the next life wipes what was half there and goes on with the file it has', async () => {
    await using installation = await anInstallation();
    const { site, signal } = installation;
    const power = new AbortController();
    const halfApplied: ImagingOperations['applyWimImage'] = async (request) => {
      await writeFile(join(request.target.path, 'half'), 'applied');
      power.abort(new Error('the power is cut'));
      throw power.signal.reason;
    };
    const first = installation.start({ applyWimImage: halfApplied });
    await expect(runSequence(site.assignment!, first, power.signal)).rejects.toThrow('the power is cut');
    await first.target.unmountAll();
    const downloads = site.contents.size;
    site.contents.clear();
    const dependencies = installation.start();
    const assignment = await dependencies.link.call('agent.run', { params: { id: 'run-1' } }, { signal, patienceMs: 1000 });

    const end = await runSequence(assignment, dependencies, signal);

    expect(downloads).toBe(1);
    expect(end.outcome).toMatchObject({ kind: 'restart' });
    const entries = await readdir(dependencies.target.rootPath);
    expect(entries).toContain('big');
    expect(entries).not.toContain('half');
    expect(await readdir(join(dependencies.target.rootPath, 'var/lib/ostler'))).not.toContain('applied.json');
  });

  test('a wrong image is not applied: the run fails with its hash, and the disk has no agent', async () => {
    await using installation = await anInstallation();
    const { site, signal } = installation;
    for (const [sha256, bytes] of site.contents) site.contents.set(sha256, Buffer.concat([Buffer.from('x'), bytes.subarray(1)]));
    const dependencies = installation.start();

    const end = await runSequence(site.assignment!, dependencies, signal);
    await removeTraces(end.state, dependencies, signal);

    expect(end.outcome).toMatchObject({ kind: 'failed', failure: { stepName: 'Apply', error: { code: 'CONTENT_HASH_MISMATCH' } } });
  });
});
