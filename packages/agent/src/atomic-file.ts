/** Files that are always whole: after a power cut at any moment a reader finds the old content or the new, never a part. */
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Settles once the new content is on the disk: temporary file, fsync, rename, fsync of the folder. */
export async function writeFileAtomically(path: string, content: string | Buffer, mode: number): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  {
    await using file = await open(temporary, 'w', mode);
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  }
  await rename(temporary, path);
  await syncFolder(folder);
}

/** Makes a rename or a removal in the folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}
