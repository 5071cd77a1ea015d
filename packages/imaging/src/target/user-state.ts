/**
 * User state kept on the computer's own disk while the operating system on it is replaced: folders as hard links or copies, and the
 * accounts that own them. What the files mean is not looked at: rules of migration are another library's.
 */
import { lstat, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { OstlerError } from '@ostler/contract';
import { z } from 'zod';
import type { ImagingPort } from '../port.ts';
import { run } from '../run.ts';
import { notePrivilegedModes, privilegedModesFile, restorePrivilegedModes, type NewOwners } from './privileged-modes.ts';
import { resolveInTree } from './tree-files.ts';
import { Accounts, addAccounts, readAccounts, type AddedAccount } from './user-accounts.ts';

export interface CaptureUserStateRequest {
  /** The system: `/`, or where it is mounted. */
  readonly root: string;
  /** The folder that the state goes to. */
  readonly store: string;
  readonly folders: readonly string[];
  readonly method: 'hard-links' | 'copy';
}

export const UserStateManifest = z.object({ folders: z.array(z.string()), accounts: Accounts });
/** It has password hashes. */
export const userStateManifestMode = 0o600;

/**
 * Captures anew what an interrupted try has left. @returns the folders that were there
 * @throws OstlerError USER_STATE_OTHER_VOLUME, USER_STATE_STORE_UNSUITABLE before anything is written; COMMAND_FAILED
 */
export async function captureUserState({ root, store, folders, method }: CaptureUserStateRequest, port: ImagingPort): Promise<string[]> {
  await checkStore(store, folders);
  const present = await presentFolders(root, folders);
  await mkdir(dirname(store), { recursive: true });
  if (method === 'hard-links') for (const folder of present) await checkVolume(await resolveInTree(root, folder), store);
  await rm(store, { recursive: true, force: true });
  await mkdir(store, { mode: 0o700 });
  for (const [done, folder] of present.entries()) {
    port.report({ activity: `Keeping ${folder}`, done, total: present.length, unit: 'items' });
    const place = join(store, 'files', folder);
    await mkdir(dirname(place), { recursive: true });
    const link = method === 'hard-links' ? ['--link'] : [];
    await run('cp', ['--archive', '--one-file-system', ...link, await resolveInTree(root, folder), place], { signal: port.signal });
  }
  const manifest: z.output<typeof UserStateManifest> = { folders: present, accounts: await readAccounts(root) };
  // It comes last: a store without it is not complete.
  await writeFile(join(store, 'state.json'), JSON.stringify(manifest), { mode: userStateManifestMode, flush: true });
  port.log?.('user state kept', { store, folders: present, accounts: manifest.accounts.length });
  return present;
}

/** Those of the folders that the system has. */
export async function presentFolders(root: string, folders: readonly string[]): Promise<string[]> {
  const present: string[] = [];
  for (const folder of folders) if (await isFolder(await resolveInTree(root, folder))) present.push(folder);
  return present;
}

export interface RestoreUserStateRequest {
  readonly root: string;
  readonly store: string;
  readonly accounts: boolean;
}

/**
 * Brings the folders back, over what the new system has in the same places, owned by the accounts of the same names. Again gives the same.
 * @throws OstlerError USER_STATE_STORE_MISSING, COMMAND_FAILED
 */
export async function restoreUserState(
  { root, store, accounts }: RestoreUserStateRequest,
  port: ImagingPort,
): Promise<readonly AddedAccount[]> {
  const manifest = await readManifest(store);
  const added = accounts ? await addAccounts(root, manifest.accounts) : [];
  const { signal } = port;
  const moved = added.filter(({ before, uid, gid }) => uid !== before.uid || gid !== before.gid);
  await setAside(store, moved, signal);
  for (const [done, folder] of manifest.folders.entries()) {
    port.report({ activity: `Bringing ${folder} back`, done, total: manifest.folders.length, unit: 'items' });
    const place = await resolveInTree(root, folder);
    await mkdir(place, { recursive: true });
    const source = join(store, 'files', folder);
    const link = (await stat(source)).dev === (await stat(place)).dev ? ['--link'] : [];
    await run('cp', ['--archive', '--remove-destination', ...link, '--no-target-directory', source, place], { signal });
    await settle(place, moved, signal);
    await restorePrivilegedModes(store, { folder, place }, newOwners(moved));
  }
  port.log?.('user state restored', { store, folders: manifest.folders, accounts: added.length });
  return added;
}

/** Above every number that an account has. */
const setAsideOffset = 0x4000_0000;
const setAsideMarker = 'set-aside';
/** All that a store ever has. */
const storeContent: readonly string[] = ['files', 'state.json', setAsideMarker, privilegedModesFile, `${privilegedModesFile}.new`];

/**
 * Files whose owner has another number now follow it in two moves, because one account's new number may be another one's old: first, in the
 * store, to numbers that nobody has; then, in their place, to the new ones. A hard link makes the second move in the store as well, so
 * the first is made once.
 */
async function setAside(store: string, moved: readonly AddedAccount[], signal: AbortSignal): Promise<void> {
  const marker = join(store, setAsideMarker);
  if (moved.length === 0 || (await isFile(marker))) return;
  await notePrivilegedModes(store, signal);
  for (const { before } of moved) {
    await changeOwner(join(store, 'files'), before.uid, before.uid + setAsideOffset, '', signal);
    await changeOwner(join(store, 'files'), before.gid, before.gid + setAsideOffset, ':', signal);
  }
  await writeFile(marker, '', { flush: true });
}

async function settle(place: string, moved: readonly AddedAccount[], signal: AbortSignal): Promise<void> {
  for (const { before, uid, gid } of moved) {
    await changeOwner(place, before.uid + setAsideOffset, uid, '', signal);
    await changeOwner(place, before.gid + setAsideOffset, gid, ':', signal);
  }
}

function newOwners(moved: readonly AddedAccount[]): NewOwners {
  const uids = new Map(moved.map(({ before, uid }) => [before.uid, uid]));
  const gids = new Map(moved.map(({ before, gid }) => [before.gid, gid]));
  return { uid: (before) => uids.get(before) ?? before, gid: (before) => gids.get(before) ?? before };
}

/** @param prefix `:` for the group */
async function changeOwner(path: string, from: number, to: number, prefix: '' | ':', signal: AbortSignal): Promise<void> {
  await run('chown', ['--recursive', '--no-dereference', `--from=${prefix}${from}`, `${prefix}${to}`, path], { signal });
}

async function readManifest(store: string): Promise<z.output<typeof UserStateManifest>> {
  try {
    return UserStateManifest.parse(JSON.parse(await readFile(join(store, 'state.json'), 'utf8')));
  } catch (error) {
    throw new OstlerError('USER_STATE_STORE_MISSING', { store }, { cause: error });
  }
}

/** The store is emptied: it must be nothing else, neither what is kept nor a folder of somebody's. */
async function checkStore(store: string, folders: readonly string[]): Promise<void> {
  const unsuitable = (problem: string): OstlerError => new OstlerError('USER_STATE_STORE_UNSUITABLE', { store, problem });
  if (!store.startsWith('/') || resolve(store) === '/') throw unsuitable('it must be the path of a folder');
  const isInside = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
  const overlapping = folders.find((folder) => isInside(resolve(store), folder) || isInside(folder, resolve(store)));
  if (overlapping !== undefined) throw unsuitable(`it and ${overlapping}, which is to be kept, are inside each other`);
  const content = await readdir(store).catch(() => []);
  if (content.some((name) => !storeContent.includes(name))) throw unsuitable('other files are in it');
}

async function checkVolume(folder: string, store: string): Promise<void> {
  if ((await stat(folder)).dev !== (await stat(dirname(store))).dev) throw new OstlerError('USER_STATE_OTHER_VOLUME', { folder, store });
}

function isFile(path: string): Promise<boolean> {
  return lstat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}

function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}
