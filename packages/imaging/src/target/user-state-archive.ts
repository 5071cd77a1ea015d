/**
 * User state as one stream of bytes, a tar archive that is never a file here: folders with owners, modes, times, links, holes, extended
 * attributes and access lists, and the accounts. Extracted it is a store that restoreUserState takes. Compressing, sealing and sending are
 * the caller's.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { z } from 'zod';
import type { ImagingPort } from '../port.ts';
import { pipe, run, type PipedProgram } from '../run.ts';
import { listMounts, type MountedFileSystem } from '../tools/mount.ts';
import { resolveInTree } from './tree-files.ts';
import { presentFolders, userStateManifestMode, type UserStateManifest } from './user-state.ts';
import { readAccounts } from './user-accounts.ts';

export interface ArchiveUserStateRequest {
  /** The system: `/`, or where it is mounted. */
  readonly root: string;
  readonly folders: readonly string[];
  /** A private folder for the accounts, while this runs. */
  readonly scratch: string;
}

export interface UserStateArchive {
  /** Those that are there. */
  readonly folders: readonly string[];
  /** Network shares, removable things and the like inside of them. */
  readonly leftOut: readonly string[];
  /** What the files take on the disk now. */
  readonly expectedBytes: number;
  /** The archive, once. It ends only when all of it was read: a failed tar is an error, not an end. */
  bytes(): AsyncGenerator<Uint8Array, void, undefined>;
}

/** In the scratch folder and, for a moment, in the archive; a system has no file of this name at its top. */
const manifestMember = 'ostler-user-state.json';
/** 1: a file changed or went while it was read, as on every system that runs. */
const changedExitCode = 1;
/** File systems of the computer's own whose source is no device. */
const ownTypes: readonly string[] = ['btrfs', 'zfs', 'overlay'];
const attributes = ['--numeric-owner', '--acls', '--xattrs', '--xattrs-include=*'];

/** @throws OstlerError COMMAND_FAILED, also while the bytes are read */
export async function archiveUserState({ root, folders, scratch }: ArchiveUserStateRequest, port: ImagingPort): Promise<UserStateArchive> {
  const present = await presentFolders(root, folders);
  const places = await Promise.all(present.map(async (folder) => ({ folder, path: await resolveInTree(root, folder) })));
  const leftOut = (await foreignMounts()).filter((mount) => places.some(({ path }) => mount.startsWith(`${path}/`)));
  const members = places.map(({ folder, path }) => ({ folder, name: relative(root, path) }));
  const excluded = leftOut.map((mount) => relative(root, mount));
  return {
    folders: present,
    leftOut,
    expectedBytes: await usedBytes(
      places.map(({ path }) => path),
      leftOut,
      port,
    ),
    bytes: () => tarBytes({ root, scratch, members, excluded }, present, port),
  };
}

interface TarRequest {
  readonly root: string;
  readonly scratch: string;
  /** The folder as it is called, and as it is below the root: `/home` may be a link to `/var/home`. */
  readonly members: readonly { readonly folder: string; readonly name: string }[];
  readonly excluded: readonly string[];
}

async function* tarBytes(
  request: TarRequest,
  folders: string[],
  { signal, log }: ImagingPort,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { root, scratch, members, excluded } = request;
  const stop = new AbortController();
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(scratch, 'accounts-'));
  try {
    const manifest: z.output<typeof UserStateManifest> = { folders, accounts: await readAccounts(root) };
    await writeFile(join(folder, manifestMember), JSON.stringify(manifest), { mode: userStateManifestMode });
    const args = [
      '--create',
      '--format=posix',
      '--sparse',
      ...attributes,
      '--anchored',
      '--no-wildcards',
      ...excluded.map((name) => `--exclude=${name}`),
      ...renames(members).map((rename) => `--transform=flags=rh;${rename}`),
      `--directory=${root}`,
      ...members.map(({ name }) => `--add-file=${name}`),
      `--directory=${folder}`,
      `--add-file=${manifestMember}`,
    ];
    const okExitCodes = [0, changedExitCode];
    const tar = pipe('tar', args, { signal: AbortSignal.any([signal, stop.signal]), okExitCodes });
    tar.stdin.on('error', () => undefined).end();
    // Safe: without an encoding a program's output is bytes.
    yield* tar.stdout as AsyncIterable<Uint8Array>;
    const { exitCode, stderr } = await tar.ended;
    if (exitCode === changedExitCode) log?.('files changed while they were read', { output: stderr.slice(-2000) });
  } finally {
    stop.abort();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Regular expressions of sed(1). Applied one after the other, so that each sees what those before it have made. */
function renames(members: TarRequest['members']): string[] {
  const linked = members.filter(({ folder, name }) => folder !== `/${name}`);
  return [
    's,^,files/,',
    `s,^files/${quoted(manifestMember)}$,state.json,`,
    ...linked.map(({ folder, name }) => `s,^files/${quoted(name)},files${folder},`),
  ];
}

function quoted(name: string): string {
  return name.replaceAll(/[.[\]*^$\\,]/g, String.raw`\$&`);
}

/** Mount points of what is no file system of this computer's disks: shares, FUSE, automounts, memory. */
async function foreignMounts(): Promise<string[]> {
  const isOfDisk = ({ source, type }: MountedFileSystem): boolean => source.startsWith('/dev/') || ownTypes.includes(type);
  return (await listMounts()).filter((mounted) => !isOfDisk(mounted)).map(({ mountPoint }) => mountPoint);
}

async function usedBytes(paths: readonly string[], leftOut: readonly string[], { signal }: ImagingPort): Promise<number> {
  if (paths.length === 0) return 0;
  const excluded = leftOut.map((path) => `--exclude=${path}`);
  // 1: a file went while it was counted.
  const { stdout } = await run('du', ['--summarize', '--total', '--block-size=1', ...excluded, '--', ...paths], {
    signal,
    okExitCodes: [0, 1],
  });
  return Number(/^(?<bytes>\d+)\ttotal$/m.exec(stdout)?.groups?.['bytes'] ?? 0);
}

/**
 * Makes a store of an archive's bytes; what an interrupted try has left in the folder goes. @throws OstlerError COMMAND_FAILED, what the
 * source throws
 */
export async function extractUserState(source: AsyncIterable<Uint8Array>, store: string, { signal }: ImagingPort): Promise<void> {
  await rm(store, { recursive: true, force: true });
  await mkdir(store, { recursive: true, mode: 0o700 });
  const stop = new AbortController();
  const args = ['--extract', '--preserve-permissions', '--same-owner', ...attributes, `--directory=${store}`];
  const tar = pipe('tar', args, { signal: AbortSignal.any([signal, stop.signal]) });
  tar.stdout.resume();
  try {
    await feed(source, tar);
    await tar.ended;
  } finally {
    stop.abort();
  }
}

/** Reads the source to its end also when tar has seen the archive's: only then has all of it been verified. */
async function feed(source: AsyncIterable<Uint8Array>, { stdin, ended }: Pick<PipedProgram, 'stdin' | 'ended'>): Promise<void> {
  const failed: unknown[] = [];
  ended.catch((error: unknown) => failed.push(error));
  stdin.on('error', () => undefined);
  for await (const chunk of source) {
    if (failed.length > 0) throw failed[0];
    if (stdin.writable) await written(stdin, chunk);
  }
  stdin.end();
}

/** Settles also when the program has gone meanwhile: what that means is in how it ended. */
function written(stdin: PipedProgram['stdin'], chunk: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  stdin.write(chunk, () => resolve());
  return promise;
}
