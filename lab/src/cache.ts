/** What the lab keeps between runs: where it is, and the lock that keeps two labs from changing it at the same time. */
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Cache {
  readonly root: string;
  /** Working directories of labs, on the same file system as `site`, so that content can be linked into them. */
  readonly work: string;
  /** The data directory that every scenario's server starts from. */
  readonly site: string;
  /** How to sign in there. */
  readonly access: string;
  /** Whether KVM works here. */
  readonly accelerator: string;
  readonly buildLog: string;
}

export function cacheAt(root: string): Cache {
  const at = (name: string): string => join(root, name);
  return {
    root,
    work: at('work'),
    site: at('site'),
    access: at('access.json'),
    accelerator: at('accelerator.json'),
    buildLog: at('build.log'),
  };
}

/** Waits for its turn, runs `work` and gives the turn back. A lock of a dead lab is taken over. */
export async function withCacheLock<T>(cache: Cache, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  await mkdir(cache.root, { recursive: true });
  const path = join(cache.root, 'lock');
  while (!(await take(path))) {
    if (await ownerIsGone(path)) await rm(path, { force: true });
    else await sleep(500, undefined, { signal });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  const file = await open(path, 'wx').catch(() => null);
  if (file === null) return false;
  await file.writeFile(String(process.pid));
  await file.close();
  return true;
}

async function ownerIsGone(path: string): Promise<boolean> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  // Empty for a moment while its owner writes it.
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
