/** What conditions ask of files and folders. */
import { stat } from 'node:fs/promises';
import type { FileProperties, FolderProperties } from '@ostler/task-sequence';

/** null: there is no such file. Anything else that stops the look is thrown. */
export async function fileProperties(path: string): Promise<FileProperties | null> {
  const found = await existing(path);
  return found?.isFile() === true ? { modifiedMs: found.mtimeMs, version: null } : null;
}

export async function folderProperties(path: string): Promise<FolderProperties | null> {
  const found = await existing(path);
  return found?.isDirectory() === true ? { modifiedMs: found.mtimeMs } : null;
}

async function existing(path: string) {
  try {
    return await stat(path);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw thrown;
  }
}
