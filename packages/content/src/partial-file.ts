/** The file that holds what has arrived of a download, with the running hash of its bytes. */
import { createHash, type Hash } from 'node:crypto';
import { open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hashBytes } from './hash-file.ts';

/** Invariant: `sizeBytes` bytes from the beginning are on the file and in the hash, in order. */
export class PartialFile implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  #hash: Hash;
  #sizeBytes: number;

  private constructor(path: string, file: FileHandle, hash: Hash, sizeBytes: number) {
    this.#path = path;
    this.#file = file;
    this.#hash = hash;
    this.#sizeBytes = sizeBytes;
  }

  /** Opens or makes the file; what it holds is hashed again. Bytes beyond `limitBytes` cannot belong to it: it begins anew. */
  static async open(path: string, limitBytes: number, signal: AbortSignal): Promise<PartialFile> {
    const file = await open(path, 'a+', 0o600).then(async (made) => {
      await made.close();
      return open(path, 'r+');
    });
    try {
      if ((await file.stat()).size > limitBytes) await file.truncate(0);
      const hash = createHash('sha256');
      const sizeBytes = await hashBytes(file, hash, limitBytes, { signal });
      return new PartialFile(path, file, hash, sizeBytes);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Appends; on a failed write nothing is counted and the file ends where it did. */
  async append(bytes: Uint8Array): Promise<void> {
    let written = 0;
    try {
      while (written < bytes.length) {
        const result = await this.#file.write(bytes, written, bytes.length - written, this.#sizeBytes + written);
        written += result.bytesWritten;
      }
    } catch (error) {
      await this.#file.truncate(this.#sizeBytes).catch(() => undefined);
      throw error;
    }
    this.#hash.update(bytes);
    this.#sizeBytes += bytes.length;
  }

  /** Throws away what has arrived. */
  async clear(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = createHash('sha256');
    this.#sizeBytes = 0;
  }

  /** The hash of what has arrived so far. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Makes sure the bytes are on the disk, then gives the file its name. */
  async publish(destination: string): Promise<void> {
    await this.#file.sync();
    await rename(this.#path, destination);
    await using directory = await open(dirname(destination), 'r');
    await directory.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
