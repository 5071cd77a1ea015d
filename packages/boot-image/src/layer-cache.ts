/**
 * Layers kept by the hash of their inputs: a folder each, complete or not there. Which layers there are is the caller's.
 */
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** No build takes longer than this. */
const partialAgeMs = 24 * 3600 * 1000;

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

/** Deletes layers of this name beyond the `keep` used last, and what a build that was killed left a day ago or earlier. */
export async function dropOldLayers(cacheDirectory: string, name: string, keep: number): Promise<void> {
  const layers = await listByUse(cacheDirectory, new RegExp(`^${name}-[0-9a-f]{20}$`));
  const partial = await listByUse(cacheDirectory, new RegExp(`^\\.${name}-\\w{6}$`));
  const left = partial.filter(({ usedAtMs }) => usedAtMs < Date.now() - partialAgeMs);
  await Promise.all([...layers.slice(keep), ...left].map(({ path }) => rm(path, { recursive: true, force: true })));
}

/** The folders whose names match, used last first. */
async function listByUse(cacheDirectory: string, pattern: RegExp): Promise<{ readonly path: string; readonly usedAtMs: number }[]> {
  const names = (await readdir(cacheDirectory)).filter((entry) => pattern.test(entry));
  const found = await Promise.all(
    names.map(async (entry) => {
      // Another build may complete its folder meanwhile: gone counts as just used.
      const facts = await stat(join(cacheDirectory, entry)).catch(() => null);
      return { path: join(cacheDirectory, entry), usedAtMs: facts?.mtimeMs ?? Date.now() };
    }),
  );
  return found.toSorted((a, b) => b.usedAtMs - a.usedAtMs);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
