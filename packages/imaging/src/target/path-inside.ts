/** Paths inside a tree that is not the running system: links stay inside it, and Windows' names have no case. */
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** As the kernel has it (path_resolution(7)). */
const mostLinks = 40;

/**
 * The real place of a path of the tree; null: there is none. Absolute links begin at the tree's root, and `..` does not leave it.
 * @param path with / between its parts
 */
export async function pathInside(root: string, path: string, options: { readonly ignoreCase: boolean }): Promise<string | null> {
  const waiting = path.split('/').filter((part) => part !== '' && part !== '.');
  const parts: string[] = [];
  let links = 0;
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
    if (part === '..') {
      parts.pop();
      continue;
    }
    const name = await nameIn(join(root, ...parts), part, options.ignoreCase);
    if (name === null) return null;
    const place = join(root, ...parts, name);
    if (!(await lstat(place)).isSymbolicLink()) {
      parts.push(name);
      continue;
    }
    links += 1;
    if (links > mostLinks) return null;
    const target = await readlink(place);
    if (target.startsWith('/')) parts.length = 0;
    waiting.unshift(...target.split('/').filter((each) => each !== '' && each !== '.'));
  }
  return join(root, ...parts);
}

async function nameIn(folder: string, name: string, ignoreCase: boolean): Promise<string | null> {
  if (!ignoreCase) {
    return lstat(join(folder, name)).then(
      () => name,
      (thrown: unknown) => nullWhereMissing(thrown),
    );
  }
  const names = await readdir(folder).catch((thrown: unknown) => nullWhereMissing(thrown));
  return names?.find((each) => each === name) ?? names?.find((each) => each.toLowerCase() === name.toLowerCase()) ?? null;
}

function nullWhereMissing(thrown: unknown): null {
  const code = (thrown as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  throw thrown;
}
