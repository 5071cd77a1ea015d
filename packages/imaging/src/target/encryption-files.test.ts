import { access, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../run.ts';
import type { RunInTree } from './chroot.ts';
import { initramfsWithKey, readStartVolumes, writeStartVolumes } from './encryption-files.ts';
import { makeMarkedInitramfs } from './initramfs.ts';

const uuid = '11111111-2222-4333-8444-555555555555';
const volume = { name: `luks-${uuid}`, uuid };
const tokenLibrary = 'usr/lib/x86_64-linux-gnu/cryptsetup/libcryptsetup-token-systemd-tpm2.so';
const initramfsTools = ['usr/share/initramfs-tools/hooks/cryptroot', 'usr/sbin/update-initramfs', 'boot/vmlinuz-6.1', 'boot/vmlinuz-6.12'];

async function aTree(files: readonly string[]) {
  const root = await mkdtemp(join(tmpdir(), 'ostler-tree-'));
  for (const path of files) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), '');
  }
  const commands: string[] = [];
  const runInTree: RunInTree = (program, args) => {
    commands.push([program, ...args].join(' '));
    return Promise.resolve({ stdout: '', stderr: '', exitCode: 0 });
  };
  return { root, commands, runInTree, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}
const text = (root: string, path: string): Promise<string> => readFile(join(root, path), 'utf8');

test('a provisioned system starts with the key in its initramfs, which only root may read and which is made once', async () => {
  await using tree = await aTree(initramfsTools);
  await mkdir(join(tree.root, 'etc'), { recursive: true });
  await writeFile(join(tree.root, 'etc/crypttab'), 'data /dev/sdz1 none luks\n');

  await writeStartVolumes(tree.root, [{ ...volume, key: 'in-clear', byTpm: false }]);

  const keyPath = `etc/cryptsetup-keys.d/${volume.name}.key`;
  expect(await text(tree.root, 'etc/crypttab')).toBe(
    `data /dev/sdz1 none luks\n${volume.name} UUID=${uuid} /${keyPath} luks,discard,initramfs\n`,
  );
  expect((await stat(join(tree.root, keyPath))).mode & 0o777).toBe(0o600);
  expect(await text(tree.root, 'etc/initramfs-tools/conf.d/ostler-encryption')).toBe('UMASK=0077\n');
  expect(tree.commands).toEqual([]);
  await makeMarkedInitramfs(tree.root, { signal: AbortSignal.timeout(5000) }, tree.runInTree);
  expect(tree.commands).toEqual(['update-initramfs -c -k 6.12', 'update-initramfs -c -k 6.1']);

  await writeStartVolumes(tree.root, [{ ...volume, key: 'in-clear', byTpm: false }]);
  await makeMarkedInitramfs(tree.root, { signal: AbortSignal.timeout(5000) }, tree.runInTree);
  expect(tree.commands).toHaveLength(2);
  expect(await readStartVolumes(tree.root)).toEqual([{ ...volume, key: 'in-clear', byTpm: false }]);
});

test('a protected system has no key in clear, and its TPM is asked before the recovery key', async () => {
  await using tree = await aTree([...initramfsTools, tokenLibrary]);
  await writeStartVolumes(tree.root, [{ ...volume, key: 'in-clear', byTpm: false }]);

  await writeStartVolumes(tree.root, [{ ...volume, key: null, byTpm: true }]);

  expect(await text(tree.root, 'etc/crypttab')).toBe(`${volume.name} UUID=${uuid} none luks,discard,initramfs,tpm2-device=auto\n`);
  await expect(access(join(tree.root, `etc/cryptsetup-keys.d/${volume.name}.key`))).rejects.toThrow('ENOENT');
  const script = 'etc/initramfs-tools/scripts/local-top/ostler-tpm';
  expect(await text(tree.root, script)).toContain(`open_by_tpm ${volume.name} /dev/disk/by-uuid/${uuid}`);
  for (const path of [script, 'etc/initramfs-tools/hooks/ostler-tpm']) {
    expect((await stat(join(tree.root, path))).mode & 0o111).toBe(0o111);
    await run('sh', ['-n', join(tree.root, path)], { signal: AbortSignal.timeout(5000) });
  }
  expect(await readStartVolumes(tree.root)).toEqual([{ ...volume, key: null, byTpm: true }]);
});

test('an image that was captured from an encrypted computer forgets its volume, and starts from what the new computer has', async () => {
  await using tree = await aTree(initramfsTools);
  const other = { name: 'luks-99999999-2222-4333-8444-555555555555', uuid: '99999999-2222-4333-8444-555555555555' };
  expect(await initramfsWithKey(tree.root)).toEqual([]);
  await writeStartVolumes(tree.root, [{ ...other, key: 'of the reference computer', byTpm: false }]);
  expect(await initramfsWithKey(tree.root)).toEqual(['/boot/initrd.img-*']);

  await writeStartVolumes(tree.root, [{ ...volume, key: 'in-clear', byTpm: false }]);
  expect(await readStartVolumes(tree.root)).toEqual([{ ...volume, key: 'in-clear', byTpm: false }]);
  await expect(access(join(tree.root, `etc/cryptsetup-keys.d/${other.name}.key`))).rejects.toThrow('ENOENT');

  await writeStartVolumes(tree.root, []);
  expect(await readStartVolumes(tree.root)).toEqual([]);
  expect(await text(tree.root, 'etc/crypttab')).toBe('');
});

test('an image that could not start afterwards is refused with the packages it lacks, and nothing is written', async () => {
  await using bare = await aTree(['etc/os-release']);
  await expect(writeStartVolumes(bare.root, [{ ...volume, key: 'k', byTpm: false }])).rejects.toMatchObject({
    code: 'ENCRYPTION_SUPPORT_MISSING',
    details: { packages: 'cryptsetup-initramfs' },
  });
  await using withoutTpm = await aTree(initramfsTools);
  await expect(writeStartVolumes(withoutTpm.root, [{ ...volume, key: null, byTpm: true }])).rejects.toThrow('systemd-cryptsetup');
  await expect(access(join(withoutTpm.root, 'etc/crypttab'))).rejects.toThrow('ENOENT');
});
