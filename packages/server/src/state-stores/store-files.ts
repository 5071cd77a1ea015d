/** The sealed content of state stores: a file each, named by the store, outside the content store because it is deleted after its time. */
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { freeBytes, hashFile, type HashedFile } from '@ostler/content';
import { OstlerError } from '@ostler/contract';
import { AppendTurns } from '../uploads/append-turns.ts';
import { writeBody } from '../uploads/write-body.ts';

export interface StoreAppend {
  readonly id: string;
  readonly offset: number;
  readonly body: AsyncIterable<Uint8Array>;
  readonly limitBytes: number;
  readonly expectedBytes: number;
  readonly tooLong: () => OstlerError;
}

export class StoreFiles {
  readonly #directory: string;
  readonly #turns = new AppendTurns();
  /** Hashing a large store takes longer than a request waits: whoever asks again joins the one that runs. */
  readonly #hashing = new Map<string, Promise<HashedFile>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  pathOf(id: string): string {
    return join(this.#directory, id);
  }

  freeBytes(): Promise<number> {
    return freeBytes(this.#directory);
  }

  /** 0 for a file that is not there. */
  async sizeOf(id: string): Promise<number> {
    const info = await stat(this.pathOf(id)).catch(() => undefined);
    return info?.size ?? 0;
  }

  /** Makes it, or empties it. */
  async empty(id: string): Promise<void> {
    await this.#turns.take(id, async () => {
      await using file = await open(this.pathOf(id), 'w', 0o600);
      await file.sync();
    });
  }

  /** @returns how much there is then. @throws OstlerError UPLOAD_OFFSET_WRONG, CONTENT_DISK_FULL, or what `tooLong` makes */
  append({ id, ...request }: StoreAppend): Promise<number> {
    return this.#turns.take(id, async (stop) => {
      const path = this.pathOf(id);
      await using file = await open(path, 'r+');
      const { size } = await file.stat();
      if (size !== request.offset) throw new OstlerError('UPLOAD_OFFSET_WRONG', { id, expected: size, given: request.offset });
      return await writeBody({ ...request, file, path, stop });
    });
  }

  /** On the disk to stay, and what it is. */
  async hash(id: string, signal: AbortSignal): Promise<HashedFile> {
    const running = this.#hashing.get(id);
    if (running !== undefined) return running;
    const hashing = this.#syncAndHash(id, signal).finally(() => this.#hashing.delete(id));
    this.#hashing.set(id, hashing);
    return hashing;
  }

  async remove(id: string): Promise<void> {
    this.#turns.end(id);
    await rm(this.pathOf(id), { force: true });
  }

  async #syncAndHash(id: string, signal: AbortSignal): Promise<HashedFile> {
    await using file = await open(this.pathOf(id), 'r+');
    await file.sync();
    return await hashFile(this.pathOf(id), { signal });
  }
}
