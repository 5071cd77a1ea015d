/**
 * Layers kept by the hash of their inputs: a folder each, complete or not there. Which layers there are is the caller's.
 */
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The folder of this layer; when it is not there yet, `fill` makes it in a folder that gets its name only when complete.
 * Two builds at once may both fill it: the first to finish wins, the other's work is dropped.
 */
export async function cachedLayer(
  cacheDirectory: string,
  name: string,
  hash: string,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  const directory = join(cacheDirectory, `${name}-${hash.slice(0, 20)}`);
  if (await exists(directory)) {
    const now = new Date();
    await utimes(directory, now, now);
    return directory;
  }
  await mkdir(cacheDirectory, { recursive: true });
  const partial = await mkdtemp(join(cacheDirectory, `.${name}-`));
  try {
    await fill(partial);
    // mkdtemp's folders are for their owner alone.
    await chmod(partial, 0o755);
    await rename(partial, directory).catch(async (error: unknown) => {
      if (!(await exists(directory))) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return directory;
}

/** Deletes layers of this name beyond the `keep` used last. */
export async function dropOldLayers(cacheDirectory: string, name: string, keep: number): Promise<void> {
  const names = (await readdir(cacheDirectory)).filter((entry) => new RegExp(`^${name}-[0-9a-f]{20}$`).test(entry));
  const layers = await Promise.all(
    names.map(async (entry) => ({ path: join(cacheDirectory, entry), usedAtMs: (await stat(join(cacheDirectory, entry))).mtimeMs })),
  );
  const old = layers.toSorted((a, b) => b.usedAtMs - a.usedAtMs).slice(keep);
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
