/** A folder for what must be a file for a moment: a script, credentials. Only root may enter it. */
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Empty at first, and gone when it is disposed. In /dev/shm it is on no disk. */
export async function openPrivateFolder(path: string): Promise<{ readonly path: string } & AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { mode: 0o700 });
  return { path, [Symbol.asyncDispose]: async () => rm(path, { recursive: true, force: true }) };
}
