/**
 * Files of an applied tree, as the installed system will see them: links are followed inside the tree, so that neither an absolute
 * link nor one with `..` ever leads to the running system.
 */
import { chmod, lstat, mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OstlerError } from '@ostler/contract';

/** As many as the kernel follows. */
const linkLimit = 40;

/** The real place of a tree's path, its last part included; parts that do not exist are taken as they are. */
export async function resolveInTree(root: string, path: string): Promise<string> {
  const pending = path.split('/').filter((part) => part !== '');
  let inside: string[] = [];
  let links = 0;
  while (pending.length > 0) {
    const part = pending.shift() ?? '';
    if (part === '.') continue;
    if (part === '..') {
      inside.pop();
      continue;
    }
    const target = await readlink(join(root, ...inside, part)).catch(() => undefined);
    if (target === undefined) {
      inside.push(part);
      continue;
    }
    if (++links > linkLimit) throw new OstlerError('TARGET_LINK_LOOP', { root, path });
    if (target.startsWith('/')) inside = [];
    pending.unshift(...target.split('/').filter((each) => each !== ''));
  }
  return join(root, ...inside);
}

/** @returns undefined when there is no such file */
export async function readTreeFile(root: string, path: string): Promise<string | undefined> {
  try {
    return await readFile(await resolveInTree(root, path), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a whole file at once (a reader or a power cut sees the old or the new one), making its folders. */
export async function writeTreeFile(root: string, path: string, text: string, mode: number): Promise<void> {
  const real = await resolveInTree(root, path);
  await mkdir(dirname(real), { recursive: true });
  const draft = `${real}.ostler-new`;
  await writeFile(draft, text, { mode });
  await chmod(draft, mode);
  await rename(draft, real);
}

/** Puts a link at the path itself, replacing what is there. */
export async function linkInTree(root: string, path: string, target: string): Promise<void> {
  const real = join(await resolveInTree(root, dirname(path)), path.split('/').at(-1) ?? '');
  await mkdir(dirname(real), { recursive: true });
  await rm(real, { force: true });
  await symlink(target, real);
}

/** Removes the path itself (a link, not what it points to). @returns whether there was anything */
export async function removeFromTree(root: string, path: string): Promise<boolean> {
  const real = join(await resolveInTree(root, dirname(path)), path.split('/').at(-1) ?? '');
  const exists = await lstat(real).then(
    () => true,
    () => false,
  );
  await rm(real, { recursive: true, force: true });
  return exists;
}
