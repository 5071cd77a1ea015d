/**
 * Set-user-ID and set-group-ID bits of kept files: the kernel clears them when a file's owner changes, so they are written down before and
 * given back after.
 */
import { constants } from 'node:fs';
import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { run } from '../run.ts';

/** `path` is below the store's files; the numbers are those in the store. */
const PrivilegedFile = z.object({ path: z.string(), mode: z.number(), uid: z.number(), gid: z.number() });
type PrivilegedFile = z.output<typeof PrivilegedFile>;

export const privilegedModesFile = 'privileged-modes.json';

/** To be called before the first owner changes. Once written, the list stays: after an interruption the bits may be gone already. */
export async function notePrivilegedModes(store: string, signal: AbortSignal): Promise<void> {
  if ((await readNoted(store)) !== null) return;
  const find = ['files', '-type', 'f', '-perm', '/6000', '-printf', '%m %U %G %P\\0'];
  const { stdout } = await run('find', find, { signal, cwd: store });
  const files = stdout.split('\0').flatMap((line) => {
    const [, mode = '', uid, gid, path = ''] = /^(\d+) (\d+) (\d+) (.+)$/s.exec(line) ?? [];
    return line === '' ? [] : [{ path: `/${path}`, mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid) }];
  });
  const draft = join(store, `${privilegedModesFile}.new`);
  await writeFile(draft, JSON.stringify(files), { mode: 0o600, flush: true });
  await rename(draft, join(store, privilegedModesFile));
}

export interface NewOwners {
  readonly uid: (before: number) => number;
  readonly gid: (before: number) => number;
}

/** Gives the bits back to the files of a folder that are in their place and have their new owners. */
export async function restorePrivilegedModes(
  store: string,
  { folder, place }: { readonly folder: string; readonly place: string },
  owners: NewOwners,
): Promise<void> {
  const prefix = join('/', folder, '/');
  for (const file of (await readNoted(store)) ?? []) {
    if (file.path.startsWith(prefix)) await restoreMode(join(place, file.path.slice(prefix.length)), file, owners);
  }
}

/**
 * Somebody may be signed in already and put a link, or a file of somebody else's, in the place: only what belongs to the file's own owner is
 * touched, and what is checked is what is changed.
 */
async function restoreMode(path: string, { mode, uid, gid }: PrivilegedFile, owners: NewOwners): Promise<void> {
  const noLink = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  await using file = await open(path, noLink).catch(() => null);
  const found = await file?.stat();
  if (found?.isFile() !== true || found.uid !== owners.uid(uid) || found.gid !== owners.gid(gid)) return;
  await file?.chmod(mode);
}

async function readNoted(store: string): Promise<PrivilegedFile[] | null> {
  const text = await readFile(join(store, privilegedModesFile), 'utf8').catch(() => null);
  return text === null ? null : z.array(PrivilegedFile).parse(JSON.parse(text));
}
