import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../src/run.ts';
import { insideTree } from '../src/target/chroot.ts';
import { applyDrivers } from '../src/target/drivers.ts';
import { makeMarkedInitramfs } from '../src/target/initramfs.ts';
import { listMountPoints } from '../src/tools/mount.ts';
import { aFolder, aPort } from './loop-disk.ts';

const isRoot = process.getuid?.() === 0;
const { signal } = aPort();

async function put(root: string, path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text, { mode });
}

/** This computer's own system under a layer in memory: a real tree with a real dpkg, which changes nothing here. */
async function aLayeredTree(folder: string): Promise<string> {
  await run('mount', ['-t', 'tmpfs', 'none', folder], { signal });
  const [upper, work, root] = ['upper', 'work', 'root'].map((name) => join(folder, name)) as [string, string, string];
  for (const each of [upper, work, root]) await mkdir(each);
  await run('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=/,upperdir=${upper},workdir=${work}`, root], { signal });
  return root;
}

describe.skipIf(!isRoot)('drivers of an applied tree (needs root)', () => {
  test('firmware and a .deb package are installed by the tree’s own dpkg, DKMS builds for the tree’s kernel, nothing stays mounted', async () => {
    await using folder = await aFolder();
    const root = await aLayeredTree(folder.path);
    const logged = '#!/bin/sh\necho "$0 $*" >>/driver-log\n';
    for (const program of ['dkms', 'update-initramfs']) await put(root, `usr/sbin/${program}`, logged, 0o755);
    await put(root, 'boot/vmlinuz-6.12.0-ostler', '');
    const drivers = join(root, 'var/lib/ostler/packages/nic');
    await put(drivers, 'firmware/vendor/nic.bin', 'firmware');
    await put(
      drivers,
      'build/DEBIAN/control',
      'Package: ostler-nic\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: x\n',
    );
    await put(drivers, 'build/usr/share/ostler-nic/module', 'module');
    await run('dpkg-deb', ['--build', join(drivers, 'build'), join(drivers, 'ostler-nic.deb')], { signal });

    const report = await applyDrivers(root, drivers, aPort());

    expect(report).toMatchObject({ firmwareFiles: 1, packages: ['ostler-nic.deb'] });
    expect(report.kernels).toContain('6.12.0-ostler');
    expect(await readFile(join(root, 'usr/lib/firmware/vendor/nic.bin'), 'utf8')).toBe('firmware');
    expect(await readFile(join(root, 'usr/share/ostler-nic/module'), 'utf8')).toBe('module');
    const { stdout } = await run('dpkg-query', ['--admindir', join(root, 'var/lib/dpkg'), '-W', '-f', '${Status}', 'ostler-nic'], {
      signal,
    });
    expect(stdout).toBe('install ok installed');
    const log = await readFile(join(root, 'driver-log'), 'utf8');
    expect(log).toContain('dkms autoinstall -k 6.12.0-ostler');
    expect(log).not.toContain('update-initramfs');
    expect((await listMountPoints()).filter((each) => each.startsWith(`${root}/`))).toEqual([]);
  });

  test('the initramfs is made once for all driver packages, also by an agent that was started anew and after one that failed', async () => {
    await using folder = await aFolder();
    const root = await aLayeredTree(folder.path);
    await put(root, 'boot/vmlinuz-6.12.0-ostler', '');
    const makeInitramfs = () => insideTree(root, aPort(), (runInTree) => makeMarkedInitramfs(root, aPort(), runInTree));
    for (const name of ['nic', 'gpu']) {
      const drivers = join(root, 'var/lib/ostler/packages', name);
      await put(drivers, `firmware/${name}.bin`, 'firmware');
      await applyDrivers(root, drivers, aPort());
    }
    await rm(join(root, 'var/lib/ostler'), { recursive: true });

    await put(root, 'usr/sbin/update-initramfs', '#!/bin/sh\nexit 1\n', 0o755);
    await expect(makeInitramfs()).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    await put(root, 'usr/sbin/update-initramfs', '#!/bin/sh\n[ "$3" != 6.12.0-ostler ] || ls /usr/lib/firmware >>/initramfs-log\n', 0o755);
    expect(await makeInitramfs()).toBe(true);
    expect(await makeInitramfs()).toBe(false);

    const log = await readFile(join(root, 'initramfs-log'), 'utf8');
    expect(log.split('\n').filter((line) => ['gpu.bin', 'nic.bin'].includes(line))).toEqual(['gpu.bin', 'nic.bin']);
  });

  test('a driver package with nothing to apply asks for no new initramfs', async () => {
    await using folder = await aFolder();
    const root = await aLayeredTree(folder.path);
    const drivers = join(root, 'var/lib/ostler/packages/empty');
    await put(drivers, 'drivers.json', '{}');

    await applyDrivers(root, drivers, aPort());

    expect(await insideTree(root, aPort(), (runInTree) => makeMarkedInitramfs(root, aPort(), runInTree))).toBe(false);
  });

  test('firmware whose place is a link stays inside the tree', async () => {
    await using folder = await aFolder();
    const root = join(folder.path, 'tree');
    await put(root, 'etc/os-release', 'ID=debian\n');
    await mkdir(join(root, 'usr/lib/firmware'), { recursive: true });
    await symlink('/usr/lib/firmware/other', join(root, 'usr/lib/firmware/vendor'));
    const drivers = join(root, 'var/lib/ostler/packages/nic');
    await put(drivers, 'firmware/vendor/nic.bin', 'firmware');

    await applyDrivers(root, drivers, aPort());

    expect(await readFile(join(root, 'usr/lib/firmware/other/nic.bin'), 'utf8')).toBe('firmware');
  });
});
