/** Writes a request's body into a file as it comes. What arrived before a cut is kept; what filled the disk is not. */
import type { FileHandle } from 'node:fs/promises';
import { diskFull, isDiskFull } from '@ostler/content';
import type { OstlerError } from '@ostler/contract';

export interface BodyToWrite {
  readonly file: FileHandle;
  readonly path: string;
  /** Where in the file it begins. */
  readonly offset: number;
  /** The file never becomes larger. */
  readonly limitBytes: number;
  /** How large it is meant to become, for whoever must make room. */
  readonly expectedBytes: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** Another request takes this one's place. */
  readonly stop: AbortSignal;
  readonly tooLong: () => OstlerError;
}

/** @returns the file's size then. @throws OstlerError CONTENT_DISK_FULL, the file is then empty; or what `tooLong` makes */
export async function writeBody(request: BodyToWrite): Promise<number> {
  const { file, path, offset, limitBytes, expectedBytes, body, stop, tooLong } = request;
  let received = offset;
  try {
    for await (const chunk of until(stop, body)) {
      if (received + chunk.length > limitBytes) throw tooLong();
      received += await writeChunk(file, chunk, received);
    }
  } catch (error) {
    if (isDiskFull(error)) {
      await giveBack(file);
      throw await diskFull(path, Math.max(expectedBytes, received + 1), error);
    }
    // The client has gone: what came is kept, and it will ask for the offset.
    if (!isCutOff(error)) throw error;
  }
  return received;
}

/** The site's database and its runs live on the same disk, and could not even record that this failed. */
async function giveBack(file: FileHandle): Promise<void> {
  await file.truncate(0);
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
