/** A new operating system in the place of an old one, on a real disk that the run does not partition. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PartitionOptions } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import { realImaging, type ImagingOperations } from '../src/imaging-operations.ts';
import { runSequence } from '../src/run-sequence.ts';
import { anInstallation } from './an-installation.ts';

const isRoot = process.getuid?.() === 0;
const destination = { kind: 'variable', variable: 'OldRoot' };
const steps = [
  { type: 'apply-operating-system-image', name: 'Apply', options: { imageId: 'image-1', destination } },
  { type: 'setup-operating-system', name: 'Setup', options: {} },
];
const efi = { type: 'efi', fileSystem: 'fat32', size: 40, sizeUnits: 'MB' };
const layout = [
  { ...efi, name: 'Other EFI' },
  { ...efi, name: 'EFI' },
  { name: 'Boot', size: 20, sizeUnits: 'MB' },
  { name: 'Swap', type: 'swap', fileSystem: 'swap', size: 10, sizeUnits: 'MB' },
  { name: 'Home', size: 20, sizeUnits: 'MB' },
  { name: 'OS', size: 100, sizeUnits: 'percent' },
].map((each) => PartitionOptions.parse(each));

type Fstab = (uuid: (number: number) => string) => string;

/** A computer with an old system on its sixth partition; its fstab is the test's. */
async function anOldComputer(fstab: Fstab) {
  const variables = [{ name: 'OldRoot', value: '', secret: false }];
  const installation = await anInstallation(steps, variables);
  const { device, signal, folder, site } = installation;
  const port = { signal, report: () => undefined };
  site.assignment?.variables.splice(0, 1, { name: 'OldRoot', value: `${device}p6`, secret: false });
  const disk = (await realImaging.listDisks(port)).find(({ path }) => path === device);
  if (disk === undefined) throw new Error('no disk');
  const made = await realImaging.partitionDisk(disk, { style: 'gpt', partitions: layout, sharedStorage: 'refuse' }, port);
  const uuids = new Map(made.map(({ number, uuid }) => [number, uuid ?? '']));
  const inside = async <T>(number: number, work: (place: string) => Promise<T>): Promise<T> => {
    const mountPoint = join(folder, 'look');
    await realImaging.mountFileSystem({ device: `${device}p${number}`, mountPoint }, port);
    try {
      return await work(mountPoint);
    } finally {
      await realImaging.unmountBelow(mountPoint);
    }
  };
  await inside(3, (place) => writeFile(join(place, 'vmlinuz-old'), 'old'));
  await inside(5, (place) => writeFile(join(place, 'diary'), 'mine'));
  await inside(6, async (place) => {
    await mkdir(join(place, 'etc'));
    await mkdir(join(place, 'boot'));
    await writeFile(
      join(place, 'etc/fstab'),
      fstab((number) => uuids.get(number) ?? ''),
    );
  });
  const mounts: string[] = [];
  const noted: Partial<ImagingOperations> = {
    installBootLoader: async (request) => {
      mounts.push(
        ...request.mounts.map(({ path, uuid, fileSystem, mountPoint }) =>
          [path.replace(device, ''), uuid, fileSystem, mountPoint].join(' '),
        ),
      );
      return { kernels: ['6.12'], target: 'x86_64-efi', secureBoot: false };
    },
  };
  return {
    ...installation,
    uuids,
    inside,
    mounts: () => mounts.toSorted(),
    start: (more: Partial<ImagingOperations> = {}) => installation.start({ ...noted, ...more }),
  };
}

const whole: Fstab = (uuid) =>
  [
    `UUID=${uuid(6)} / ext4 defaults 0 1`,
    `UUID=${uuid(2)} /boot/efi vfat umask=0077 0 1`,
    'PARTLABEL=Boot /boot ext4 defaults 0 2',
    `/dev/disk/by-uuid/${uuid(4)} none swap sw 0 0`,
    `UUID=${uuid(5)} /home ext4 defaults 0 2`,
    'UUID=00000000-0000-4000-8000-000000000000 none swap sw 0 0',
  ].join('\n');

describe.skipIf(!isRoot)('a refresh of a disk that is not partitioned (needs root)', () => {
  test('the new system has the old one’s EFI partition, /boot and swap; /home is neither touched nor mounted', async () => {
    await using computer = await anOldComputer(whole);
    const { site, signal, uuids } = computer;
    const dependencies = computer.start();

    const end = await runSequence(site.assignment!, dependencies, signal);
    const inBoot = await readdir(join(dependencies.target.rootPath, 'boot'));
    await dependencies.target.unmountAll();

    expect(end.outcome).toMatchObject({ kind: 'restart', target: 'installed-os' });
    expect(computer.mounts()).toEqual([
      `p2 ${uuids.get(2)} fat32 /boot/efi`,
      `p3 ${uuids.get(3)} ext4 /boot`,
      `p4 ${uuids.get(4)} swap swap`,
      `p6 ${uuids.get(6)} ext4 /`,
    ]);
    expect(inBoot).not.toContain('vmlinuz-old');
    expect(await computer.inside(3, (place) => readdir(place))).toContain('efi');
    expect(await computer.inside(5, (place) => readFile(join(place, 'diary'), 'utf8'))).toBe('mine');
  }, 180_000);

  test('takes the image from the old system’s disk where its client has fetched it before', async () => {
    await using computer = await anOldComputer(whole);
    const { site, signal } = computer;
    const [[sha256, bytes] = ['', Buffer.alloc(0)]] = site.contents;
    await computer.inside(6, async (place) => {
      const cache = join(place, 'var/lib/ostler/content-cache');
      await mkdir(cache, { recursive: true });
      await writeFile(join(cache, sha256), bytes);
    });
    site.contents.clear();
    const dependencies = computer.start();

    const end = await runSequence(site.assignment!, dependencies, signal);
    await dependencies.target.unmountAll();

    expect(end.outcome).toMatchObject({ kind: 'restart', target: 'installed-os' });
    const applied = site.messages.find(({ stepName, kind }) => stepName === 'Apply' && kind === 'step-succeeded');
    expect(applied?.facts['contentFrom']).toMatch(/^this computer /);
  }, 180_000);

  test('of several EFI partitions the first of the disk is taken where the old system does not say', async () => {
    await using computer = await anOldComputer(() => '/dev/sda2 /boot/efi vfat defaults 0 1\nLABEL=nowhere /boot ext4 defaults 0 2\n');
    const { site, signal, uuids } = computer;

    const dependencies = computer.start();
    await runSequence(site.assignment!, dependencies, signal);
    await dependencies.target.unmountAll();

    expect(computer.mounts()).toEqual([`p1 ${uuids.get(1)} fat32 /boot/efi`, `p6 ${uuids.get(6)} ext4 /`]);
  }, 180_000);

  test('a power cut after the old system was removed: the next life still knows what belonged to it', async () => {
    await using computer = await anOldComputer(whole);
    const { site, signal, uuids } = computer;
    const power = new AbortController();
    const cut: ImagingOperations['applyWimImage'] = () => {
      power.abort(new Error('the power is cut'));
      throw power.signal.reason;
    };
    const first = computer.start({ applyWimImage: cut });
    await expect(runSequence(site.assignment!, first, power.signal)).rejects.toThrow('the power is cut');
    expect(await readdir(first.target.rootPath)).not.toContain('etc');
    await first.target.unmountAll();
    const dependencies = computer.start();
    const assignment = await dependencies.link.call('agent.run', { params: { id: 'run-1' } }, { signal, patienceMs: 1000 });

    const end = await runSequence(assignment, dependencies, signal);
    await dependencies.target.unmountAll();

    expect(end.outcome).toMatchObject({ kind: 'restart' });
    expect(computer.mounts()).toContain(`p3 ${uuids.get(3)} ext4 /boot`);
    expect(computer.mounts()).toHaveLength(4);
  }, 180_000);
});
