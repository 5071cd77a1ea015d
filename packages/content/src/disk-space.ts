/** Space on the disk a file is to go to, and the error when there is too little. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OstlerError } from '@ostler/contract';

/** Bytes free for us on the file system that holds `directory`. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** Whether a failed write means that the disk, or the share of it we may use, is full. */
export function isDiskFull(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT');
}

/** CONTENT_DISK_FULL for a file of which `neededBytes` are still to be written. */
export async function diskFull(path: string, neededBytes: number, cause: unknown, place = path): Promise<OstlerError> {
  const free = await freeBytes(dirname(path)).catch(() => 0);
  return new OstlerError('CONTENT_DISK_FULL', { path: place, neededBytes, freeBytes: free }, { cause });
}
