/** Puts the bytes of a file under a name of their own, safely: hashed on the way, on the disk before they have the name. */
import { createHash } from 'node:crypto';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskFull, freeBytes, hashFile, isDiskFull, type HashedFile } from '@ostler/content';
import { OstlerError } from '@ostler/contract';

export interface StoreOptions {
  readonly signal: AbortSignal;
  readonly onBytes?: (doneBytes: number, totalBytes: number) => void;
}

const pieceBytes = 1 << 20;

/**
 * Copies `source` to `destination`, which does not exist, in one pass that also hashes. Nothing is left when it fails.
 * @throws OstlerError CONTENT_DISK_FULL (asked before, and met in the middle), CONTENT_SOURCE_CHANGED
 */
export async function copyHashed(source: string, destination: string, options: StoreOptions): Promise<HashedFile> {
  const { size } = await stat(source);
  const free = await freeBytes(dirname(destination));
  if (free < size) throw await diskFull(destination, size, undefined);
  try {
    await using from = await open(source, 'r');
    await using to = await open(destination, 'wx', 0o600);
    const copied = await copyBytes(from, to, size, options);
    if (copied.sizeBytes !== size) {
      throw new OstlerError('CONTENT_SOURCE_CHANGED', { path: source, expectedBytes: size, actualBytes: copied.sizeBytes });
    }
    await to.sync();
    return copied;
  } catch (error) {
    // Space first: the error says how much is free without our own half.
    await rm(destination, { force: true });
    throw isDiskFull(error) ? await diskFull(destination, size, error) : error;
  }
}

/** Hashes a file that is ours and moves it; another file system gets a copy. */
export async function moveHashed(source: string, destination: string, options: StoreOptions): Promise<HashedFile> {
  const { size } = await stat(source);
  const hashed = await hashFile(source, { signal: options.signal, onBytes: (done) => options.onBytes?.(done, size) });
  try {
    await using file = await open(source, 'r+');
    await file.sync();
    await rename(source, destination);
    return hashed;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
  }
  const copied = await copyHashed(source, destination, options);
  await rm(source);
  return copied;
}

/** Makes sure that a rename in this directory survives a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}

/** Reads the next piece while one is hashed and written. */
async function copyBytes(from: FileHandle, to: FileHandle, totalBytes: number, { signal, onBytes }: StoreOptions): Promise<HashedFile> {
  const hash = createHash('sha256');
  const buffers = [Buffer.allocUnsafe(pieceBytes), Buffer.allocUnsafe(pieceBytes)] as const;
  let done = 0;
  let next = from.read(buffers[0], 0, pieceBytes, 0);
  for (let turn = 1; ; turn += 1) {
    const { bytesRead, buffer } = await next;
    signal.throwIfAborted();
    if (bytesRead === 0) return { sha256: hash.digest('hex'), sizeBytes: done };
    const piece = buffer.subarray(0, bytesRead);
    const writing = writeAll(to, piece, done);
    next = from.read(buffers[turn % 2 === 0 ? 0 : 1], 0, pieceBytes, done + bytesRead);
    hash.update(piece);
    await Promise.all([writing, next]);
    done += bytesRead;
    onBytes?.(done, totalBytes);
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}
