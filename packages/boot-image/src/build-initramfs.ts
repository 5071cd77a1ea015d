/**
 * Makes the first stage's initramfs, without what belongs to a site (site-overlay.ts appends that): busybox, curl with
 * its libraries, the drivers of network adapters and the file systems of the second stage, our scripts.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { OstlerError } from '@ostler/contract';
import { run } from '@ostler/imaging/run';
import { padToFour, parentDirectories, writeCpio, type CpioEntry } from './cpio.ts';
import { stageDirectory } from './hash-inputs.ts';
import { firmwareOf, isFirstStageModule, parseModulesDep, restrictModuleTexts, withDependencies } from './kernel-modules.ts';

/** An initramfs beyond this does not start on every machine: firmware and loaders differ in what they take. */
export const initramfsLimitBytes = 40_000_000;

type FileEntry = Extract<CpioEntry, { kind: 'file' }>;

/**
 * The compressed archive, padded so that another may follow.
 * @throws OstlerError BOOT_IMAGE_INITRAMFS_TOO_LARGE, BOOT_IMAGE_FILE_MISSING.
 */
export async function buildInitramfs(root: string, kernelVersion: string, signal: AbortSignal): Promise<Buffer> {
  const modules = await collectModules(root, kernelVersion);
  const firmware = await collectFirmware(root, modules);
  const files = [...(await collectPrograms(root, signal)), ...(await collectScripts()), ...modules, ...firmware];
  const links = await listLinks(root, signal);
  const standing: CpioEntry[] = ['dev', 'etc/ostler', 'proc', 'run', 'sys', 'tmp', 'root'].map(directoryEntry);
  const paths = [...files, ...links, ...standing].map(({ path }) => path);
  const console: CpioEntry = { kind: 'device', path: 'dev/console', mode: 0o600, major: 5, minor: 1 };
  const parents = parentDirectories(paths).filter(({ path }) => !standing.some((entry) => entry.path === path));
  const archive = writeCpio([...parents, ...standing, console, ...links, ...files]);
  const compressed = await compress(archive);
  if (compressed.length > initramfsLimitBytes) {
    throw new OstlerError('BOOT_IMAGE_INITRAMFS_TOO_LARGE', { sizeBytes: compressed.length, limitBytes: initramfsLimitBytes });
  }
  return Buffer.concat([compressed, padToFour(compressed.length)]);
}

/** Level 9: two levels of effort more make it 10 % smaller and take six times as long. */
async function compress(archive: Buffer): Promise<Buffer> {
  const params = { [constants.ZSTD_c_compressionLevel]: 9, [constants.ZSTD_c_checksumFlag]: 1 };
  return promisify(zstdCompress)(archive, { params });
}

async function collectModules(root: string, kernelVersion: string): Promise<FileEntry[]> {
  const folder = `usr/lib/modules/${kernelVersion}`;
  const text = (name: string): Promise<string> => readFile(join(root, folder, name), 'utf8');
  const dependencies = parseModulesDep(await text('modules.dep'));
  const softdep = await text('modules.softdep');
  const chosen = withDependencies([...dependencies.keys()].filter(isFirstStageModule), dependencies, softdep);
  const { dep, alias } = restrictModuleTexts(chosen, dependencies, await text('modules.alias'));
  const files = await Promise.all(chosen.map((path) => copyEntry(root, `${folder}/${path}`, 0o644)));
  const texts = {
    'modules.dep': dep,
    'modules.alias': alias,
    'modules.softdep': softdep,
    'modules.builtin': await text('modules.builtin'),
  };
  const textEntries = Object.entries(texts).map(([name, content]) => fileEntry(`${folder}/${name}`, 0o644, Buffer.from(content)));
  return [...files, ...textEntries];
}

/** The firmware that these modules may ask for and that the tree has. Links are followed: the kernel asks by name. */
async function collectFirmware(root: string, modules: readonly FileEntry[]): Promise<FileEntry[]> {
  const names = new Set(modules.flatMap(({ data }) => firmwareOf(Buffer.from(data.buffer, data.byteOffset, data.byteLength))));
  const found: FileEntry[] = [];
  for (const name of [...names].toSorted()) {
    const path = `usr/lib/firmware/${name}`;
    const there = await stat(join(root, path)).catch(() => null);
    if (there?.isFile()) found.push(await copyEntry(root, path, 0o644));
  }
  return found;
}

async function collectPrograms(root: string, signal: AbortSignal): Promise<FileEntry[]> {
  const { stdout } = await run('chroot', [root, 'ldd', '/usr/bin/curl'], { signal });
  const libraries = await Promise.all(parseLdd(stdout).map((path) => copyEntry(root, `usr${path}`, 0o755)));
  const programs = await Promise.all(['usr/bin/busybox', 'usr/bin/curl'].map((path) => copyEntry(root, path, 0o755)));
  return [...programs, ...libraries];
}

/** The library paths in ldd's output, such as `/lib/x86_64-linux-gnu/libc.so.6`. */
export function parseLdd(text: string): string[] {
  const paths = [...text.matchAll(/(?:=> |^\s*)(?<path>\/\S+) \(0x/gm)].flatMap(({ groups }) => groups?.['path'] ?? []);
  return [...new Set(paths.map((path) => path.replace(/^\/usr\//, '/')))].toSorted();
}

async function collectScripts(): Promise<FileEntry[]> {
  const entries: FileEntry[] = [];
  for (const folder of ['initramfs', 'shared']) {
    for (const name of (await readdir(join(stageDirectory, folder))).toSorted()) {
      const path = folder === 'initramfs' && name === 'init.sh' ? 'init' : `usr/lib/ostler/${name}`;
      entries.push(fileEntry(path, 0o755, await readFile(join(stageDirectory, folder, name))));
    }
  }
  return entries;
}

/** The merged /usr, and a link for each program in busybox. */
async function listLinks(root: string, signal: AbortSignal): Promise<CpioEntry[]> {
  const { stdout } = await run('chroot', [root, 'busybox', '--list'], { signal });
  const programs = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox');
  const merged = ['bin', 'lib', 'lib64', 'sbin'].map((name): CpioEntry => ({ kind: 'link', path: name, target: `usr/${name}` }));
  const usrSbin: CpioEntry = { kind: 'link', path: 'usr/sbin', target: 'bin' };
  return [...merged, usrSbin, ...programs.map((name): CpioEntry => ({ kind: 'link', path: `usr/bin/${name}`, target: 'busybox' }))];
}

async function copyEntry(root: string, path: string, mode: number): Promise<FileEntry> {
  const data = await readFile(join(root, path)).catch((cause: unknown) => {
    throw new OstlerError('BOOT_IMAGE_FILE_MISSING', { path: `/${path}`, purpose: 'the first stage' }, { cause });
  });
  return fileEntry(path, mode, data);
}

function fileEntry(path: string, mode: number, data: Uint8Array): FileEntry {
  return { kind: 'file', path, mode, data };
}

function directoryEntry(path: string): CpioEntry {
  return { kind: 'directory', path, mode: 0o755 };
}
