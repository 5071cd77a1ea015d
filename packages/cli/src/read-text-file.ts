/** Reads a file that the user named. */
import { readFile } from 'node:fs/promises';
import { OstlerError } from '@ostler/contract';

/** `-` is standard input. @throws OstlerError FILE_NOT_READABLE */
export async function readTextFile(path: string): Promise<string> {
  return (await readFileBytes(path)).toString('utf8');
}

/** `-` is standard input. @throws OstlerError FILE_NOT_READABLE */
export async function readFileBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path === '-' ? '/dev/stdin' : path);
  } catch (cause) {
    throw new OstlerError('FILE_NOT_READABLE', { path, reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}
