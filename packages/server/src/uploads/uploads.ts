/** Uploads that go on where they stopped: a row and a file each, the file's length is how much has arrived. What becomes of a finished one is its taker's. */
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFull, freeBytes } from '@ostler/content';
import { OstlerError, type Upload } from '@ostler/contract';
import type { Database } from '../database/database.ts';
import { newId } from '../database/new-id.ts';
import { AppendTurns } from './append-turns.ts';
import { writeBody } from './write-body.ts';

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

type Row = { readonly id: string; readonly file_name: string; readonly size_bytes: number; readonly created_at: number };

/** Where files of the server lie is nothing to a machine. */
const place = 'the folder of uploads';

/** `owner` is who began an upload; to anybody else it does not exist. */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #turns = new AppendTurns();

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** @throws OstlerError CONTENT_DISK_FULL */
  async create(owner: string, fileName: string, sizeBytes: number): Promise<Upload> {
    const { database, directory, now } = this.#options;
    const id = newId('upload');
    const free = await freeBytes(directory);
    if (free < sizeBytes) throw await diskFull(this.#pathOf(id), sizeBytes, undefined, place);
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
    return this.#turns.take(row.id, (stop) => this.#append(request, row, stop));
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
    const abandoned = rows.filter(({ id }) => !this.#turns.isTaken(id));
    for (const { id } of abandoned) await this.#drop(id);
    return abandoned.length;
  }

  async #append(request: AppendRequest, row: Row, stop: AbortSignal): Promise<number> {
    const { database, now } = this.#options;
    const path = this.#pathOf(row.id);
    await using file = await open(path, 'r+');
    const { size } = await file.stat();
    if (size !== request.offset) throw new OstlerError('UPLOAD_OFFSET_WRONG', { id: row.id, expected: size, given: request.offset });
    const tooLong = (): OstlerError => new OstlerError('UPLOAD_TOO_LONG', { id: row.id, sizeBytes: row.size_bytes });
    const receivedBytes = await writeBody({
      ...request,
      file,
      path,
      limitBytes: row.size_bytes,
      expectedBytes: row.size_bytes,
      stop,
      tooLong,
    });
    if (receivedBytes === row.size_bytes) await file.sync();
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
    this.#turns.end(id);
    await this.#options.database.sql.deleteFrom('uploads').where('id', '=', id).execute();
    await rm(this.#pathOf(id), { force: true });
  }

  #pathOf(id: string): string {
    return join(this.#options.directory, id);
  }
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
