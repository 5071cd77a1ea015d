/** SHA-256 of files, without holding them in memory. */
import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';

export interface HashedFile {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface HashOptions {
  readonly signal: AbortSignal;
  readonly onBytes?: (doneBytes: number) => void;
}

/** Reads of this size hash at the processor's speed; larger ones only cost memory. */
const readBytes = 1 << 20;

/** SHA-256 and size of a file. @throws what opening or reading it throws, or the signal's reason. */
export async function hashFile(path: string, options: HashOptions): Promise<HashedFile> {
  const hash = createHash('sha256');
  await using file = await open(path, 'r');
  const sizeBytes = await hashBytes(file, hash, Number.POSITIVE_INFINITY, options);
  return { sha256: hash.digest('hex'), sizeBytes };
}

/**
 * Feeds up to `limitBytes` of a file from its beginning to `hash`; answers how many there were.
 * The next piece is read while one is hashed.
 */
export async function hashBytes(file: FileHandle, hash: Hash, limitBytes: number, options: HashOptions): Promise<number> {
  const buffers = [Buffer.allocUnsafe(readBytes), Buffer.allocUnsafe(readBytes)] as const;
  const readAt = (position: number, turn: number) => {
    const length = Math.min(readBytes, limitBytes - position);
    return file.read(buffers[turn % 2 === 0 ? 0 : 1], 0, length, position);
  };
  let done = 0;
  let next = readAt(0, 0);
  for (let turn = 1; ; turn += 1) {
    const { bytesRead, buffer } = await next;
    options.signal.throwIfAborted();
    if (bytesRead === 0) return done;
    done += bytesRead;
    next = readAt(done, turn);
    hash.update(buffer.subarray(0, bytesRead));
    options.onBytes?.(done);
  }
}
