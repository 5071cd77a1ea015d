/** Uploads that go on where they stopped: a row and a file each, the file's length is how much has arrived. What becomes of a finished one is its taker's. */
import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFull, freeBytes, isDiskFull } from '@ostler/content';
import { OstlerError, type Upload } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';

export interface UploadsOptions {
  readonly database: Database;
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A finished upload. */
export interface FinishedUpload {
  readonly id: string;
  readonly path: string;
  readonly fileName: string;
  readonly sizeBytes: number;
}

export interface AppendRequest {
  readonly id: string;
  readonly owner: string;
  readonly offset: number;
  readonly body: AsyncIterable<Uint8Array>;
}

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<unknown>;
}

type Row = { readonly id: string; readonly file_name: string; readonly size_bytes: number; readonly created_at: number };

/** `owner` is who began an upload; to anybody else it does not exist. */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** @throws OstlerError CONTENT_DISK_FULL */
  async create(owner: string, fileName: string, sizeBytes: number): Promise<Upload> {
    const { database, directory, now } = this.#options;
    const id = newId('upload');
    const free = await freeBytes(directory);
    if (free < sizeBytes) throw await diskFull(this.#pathOf(id), sizeBytes, undefined);
    await using _file = await open(this.#pathOf(id), 'wx', 0o600);
    const row = { id, file_name: fileName, size_bytes: sizeBytes, created_at: now() };
    await database.sql
      .insertInto('uploads')
      .values({ ...row, owner, active_at: row.created_at })
      .execute();
    return toUpload(row, 0);
  }

  /** @throws OstlerError NOT_FOUND */
  async get(owner: string, id: string): Promise<Upload> {
    return toUpload(await this.#rowOf(owner, id), await sizeOf(this.#pathOf(id)));
  }

  /**
   * Appends the body and answers how much there is then. What arrived of a body that breaks off is kept. A newer append takes
   * the place of one that still runs: its client has lost the connection and is back.
   * @throws OstlerError NOT_FOUND, UPLOAD_OFFSET_WRONG, UPLOAD_TOO_LONG, CONTENT_DISK_FULL
   */
  async append(request: AppendRequest): Promise<number> {
    const row = await this.#rowOf(request.owner, request.id);
    const before = this.#running.get(row.id);
    before?.stop.abort();
    const stop = new AbortController();
    const appending = (before?.ended ?? Promise.resolve()).then(() => this.#append(request, row, stop.signal));
    const mine = { stop, ended: appending.catch(() => undefined) };
    this.#running.set(row.id, mine);
    try {
      return await appending;
    } finally {
      if (this.#running.get(row.id) === mine) this.#running.delete(row.id);
    }
  }

  /** The file of a finished upload. @throws OstlerError NOT_FOUND, UPLOAD_INCOMPLETE */
  async finished(owner: string, id: string): Promise<FinishedUpload> {
    const row = await this.#rowOf(owner, id);
    const receivedBytes = await sizeOf(this.#pathOf(id));
    if (receivedBytes !== row.size_bytes) throw new OstlerError('UPLOAD_INCOMPLETE', { id, receivedBytes, sizeBytes: row.size_bytes });
    return { id, path: this.#pathOf(id), fileName: row.file_name, sizeBytes: row.size_bytes };
  }

  /** Drops the row and what is left of the file. @throws OstlerError NOT_FOUND */
  async remove(owner: string, id: string): Promise<void> {
    await this.#rowOf(owner, id);
    await this.#drop(id);
  }

  /** Removes uploads into which nothing came for `idleMs`; answers how many. */
  async removeAbandoned(idleMs: number): Promise<number> {
    const { database, now } = this.#options;
    const rows = await database.sql
      .selectFrom('uploads')
      .select('id')
      .where('active_at', '<', now() - idleMs)
      .execute();
    const abandoned = rows.filter(({ id }) => !this.#running.has(id));
    for (const { id } of abandoned) await this.#drop(id);
    return abandoned.length;
  }

  async #append(request: AppendRequest, row: Row, stop: AbortSignal): Promise<number> {
    const { database, now } = this.#options;
    const path = this.#pathOf(row.id);
    await using file = await open(path, 'r+');
    const { size } = await file.stat();
    if (size !== request.offset) throw new OstlerError('UPLOAD_OFFSET_WRONG', { id: row.id, expected: size, given: request.offset });
    const receivedBytes = await writeBody(file, path, request, row, stop);
    await database.sql.updateTable('uploads').set({ active_at: now() }).where('id', '=', row.id).execute();
    return receivedBytes;
  }

  async #rowOf(owner: string, id: string): Promise<Row> {
    const rows = this.#options.database.sql.selectFrom('uploads').selectAll();
    const row = await rows.where('id', '=', id).where('owner', '=', owner).executeTakeFirst();
    if (row === undefined) throw new OstlerError('NOT_FOUND', { kind: 'upload', id });
    return row;
  }

  async #drop(id: string): Promise<void> {
    this.#running.get(id)?.stop.abort();
    await this.#options.database.sql.deleteFrom('uploads').where('id', '=', id).execute();
    await rm(this.#pathOf(id), { force: true });
  }

  #pathOf(id: string): string {
    return join(this.#options.directory, id);
  }
}

async function writeBody(file: FileHandle, path: string, { offset, body }: AppendRequest, row: Row, stop: AbortSignal): Promise<number> {
  let received = offset;
  try {
    for await (const chunk of until(stop, body)) {
      if (received + chunk.length > row.size_bytes) throw new OstlerError('UPLOAD_TOO_LONG', { id: row.id, sizeBytes: row.size_bytes });
      received += await writeChunk(file, chunk, received);
    }
  } catch (error) {
    if (isDiskFull(error)) throw await diskFull(path, row.size_bytes - received, error);
    // The client has gone: what came is kept, and it will ask for the offset.
    if (!isCutOff(error)) throw error;
  }
  if (received === row.size_bytes) await file.sync();
  return received;
}

/** The body's chunks until the signal aborts, also while none comes: a dead connection is silent. */
async function* until(stop: AbortSignal, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const { promise: stopped, resolve } = Promise.withResolvers<null>();
  const onAbort = (): void => resolve(null);
  if (stop.aborted) onAbort();
  stop.addEventListener('abort', onAbort, { once: true });
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([chunks.next(), stopped]);
      if (next === null || next.done === true) return;
      yield next.value;
    }
  } finally {
    stop.removeEventListener('abort', onAbort);
    // Not awaited: it settles only after the chunk that does not come.
    chunks.return?.()?.catch(() => undefined);
  }
}

async function writeChunk(file: FileHandle, chunk: Uint8Array, position: number): Promise<number> {
  for (let written = 0; written < chunk.length;) {
    written += (await file.write(chunk, written, chunk.length - written, position + written)).bytesWritten;
  }
  return chunk.length;
}

function isCutOff(thrown: unknown): boolean {
  const codes: readonly unknown[] = ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'EPIPE'];
  return thrown instanceof Error && 'code' in thrown && codes.includes(thrown.code);
}

/** 0 for a file that is gone: the upload then starts over. */
async function sizeOf(path: string): Promise<number> {
  const info = await stat(path).catch(() => undefined);
  return info?.size ?? 0;
}

function toUpload(row: Row, receivedBytes: number): Upload {
  const { id, file_name: fileName, size_bytes: sizeBytes } = row;
  return { id, fileName, sizeBytes, receivedBytes, createdAt: new Date(row.created_at).toISOString() };
}
