/** What an applied Linux tree is and has: read from its files, never by running anything from it. */
import { lstat, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { OstlerError } from '@ostler/contract';

export interface LinuxTree {
  /** `debian`, `ubuntu`, `fedora` … (os-release(5), ID). */
  readonly id: string;
  /** This and the distributions it derives from. */
  readonly families: readonly string[];
  readonly version: string | undefined;
  readonly prettyName: string | undefined;
  /** In Debian's spelling. */
  readonly architecture: string | undefined;
}

/** @returns undefined when there is no os-release: not a Linux system. */
export async function describeLinuxTree(root: string): Promise<LinuxTree | undefined> {
  const text = await readInside(root, ['etc/os-release', 'usr/lib/os-release']);
  if (text === undefined) return undefined;
  const fields = parseEnv(text);
  const id = fields['ID'] ?? 'linux';
  return {
    id,
    families: [id, ...(fields['ID_LIKE'] ?? '').split(' ')].filter((each) => each !== ''),
    version: fields['VERSION_ID'],
    prettyName: fields['PRETTY_NAME'],
    architecture: await architectureOf(root),
  };
}

/** @throws OstlerError TARGET_NOT_LINUX */
export async function requireLinuxTree(root: string): Promise<LinuxTree> {
  const tree = await describeLinuxTree(root);
  if (tree === undefined) throw new OstlerError('TARGET_NOT_LINUX', { root, missing: '/etc/os-release' });
  return tree;
}

/** Whether a path inside the tree exists; a link counts, wherever it points. */
export async function existsInside(root: string, path: string): Promise<boolean> {
  return lstat(join(root, path)).then(
    () => true,
    () => false,
  );
}

/** Whether the tree has a program in any of the usual folders. */
export async function hasProgram(root: string, name: string): Promise<boolean> {
  for (const folder of ['usr/sbin', 'usr/bin', 'sbin', 'bin']) {
    if (await existsInside(root, join(folder, name))) return true;
  }
  return false;
}

/** Kernel versions with a kernel in /boot, the newest first. */
export async function listKernels(root: string): Promise<string[]> {
  const names = await readdir(join(root, 'boot')).catch(() => []);
  const versions = names.filter((name) => name.startsWith('vmlinuz-')).map((name) => name.slice('vmlinuz-'.length));
  return versions.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
}

/** A tree's links may be absolute: following them would leave it, so a link is tried as the next path of the list instead. */
async function readInside(root: string, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const info = await lstat(join(root, path)).catch(() => undefined);
    if (info?.isFile() === true) return readFile(join(root, path), 'utf8');
  }
  return undefined;
}

const elfMachines: Readonly<Record<number, string>> = { 0x03: 'x86', 0x28: 'arm', 0x3e: 'amd64', 0xb7: 'arm64', 0xf3: 'riscv64' };

/** From the ELF header of a program that every Linux has. */
async function architectureOf(root: string): Promise<string | undefined> {
  for (const path of ['usr/bin/env', 'bin/env', 'usr/bin/bash', 'bin/busybox']) {
    const machine = await elfMachine(join(root, path)).catch(() => undefined);
    if (machine !== undefined) return elfMachines[machine];
  }
  return undefined;
}

async function elfMachine(path: string): Promise<number | undefined> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(20), 0, 20, 0);
  return bytesRead === 20 && buffer.readUInt32BE(0) === 0x7f454c46 ? buffer.readUInt16LE(18) : undefined;
}
