/** Answers a request for one stored piece: whole, part, or not modified. Who may read it is the caller's. */
import { open, type FileHandle } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { byteRangeOf, matchesEtag, type ByteRange } from './byte-range.ts';

/** Two such buffers an answer: large enough for the speed of the disk and of TLS, small enough for many answers at a time. */
const bufferBytes = 256 * 1024;

export interface ServedFile {
  readonly path: string;
  readonly sha256: string;
  readonly contentType: string;
  /** Without it: for ever, because the address is the hash. */
  readonly cacheControl?: string;
}

/**
 * Writes the whole answer to the raw response and settles with how many bytes of content were sent, also when the client
 * went away early.
 * @throws what opening the file throws, before anything is written.
 */
export async function serveContent(request: IncomingMessage, response: ServerResponse, file: ServedFile): Promise<number> {
  await using handle = await open(file.path, 'r');
  const { size } = await handle.stat();
  const etag = `"${file.sha256}"`;
  // Spelled with capitals because GRUB reads header names with their case. Immutable: the address is the hash.
  response.setHeader('ETag', etag);
  response.setHeader('Cache-Control', file.cacheControl ?? 'public, max-age=31536000, immutable');
  response.setHeader('Accept-Ranges', 'bytes');
  if (matchesEtag(request.headers['if-none-match'], etag)) return end(response, 304);
  const { range } = request.headers;
  const part = byteRangeOf({ range, ifRange: ifRangeOf(request) }, size, etag);
  if (part.kind === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${size}`);
    return end(response, 416);
  }
  response.setHeader('Content-Type', file.contentType);
  const { start, end: last } = writeRangeHeaders(response, part, size);
  if (request.method === 'HEAD' || size === 0) return end(response, response.statusCode);
  return await sendBytes(handle, response, start, last + 1);
}

function ifRangeOf({ headers }: IncomingMessage): string | undefined {
  const value = headers['if-range'];
  return typeof value === 'string' ? value : undefined;
}

function end(response: ServerResponse, status: number): number {
  response.statusCode = status;
  response.end();
  return 0;
}

function writeRangeHeaders(response: ServerResponse, part: ByteRange, sizeBytes: number): { start: number; end: number } {
  const { start, end: last } = part.kind === 'part' ? part : { start: 0, end: sizeBytes - 1 };
  response.statusCode = part.kind === 'part' ? 206 : 200;
  if (part.kind === 'part') response.setHeader('Content-Range', `bytes ${start}-${last}/${sizeBytes}`);
  response.setHeader('Content-Length', last - start + 1);
  return { start, end: last };
}

/** Reads one buffer while the other is on its way: nothing is allocated per piece, and a slow client holds 512 KiB. */
async function sendBytes(file: FileHandle, response: ServerResponse, start: number, end: number): Promise<number> {
  const size = Math.min(bufferBytes, end - start);
  const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(end - start > size ? size : 0)] as const;
  let writing: Promise<boolean> = Promise.resolve(true);
  let position = start;
  for (let turn = 0; position < end; turn += 1) {
    const buffer = buffers[turn % 2 === 0 ? 0 : 1];
    const { bytesRead } = await file.read(buffer, 0, Math.min(size, end - position), position);
    // The buffer before this one is free again only once it has been written.
    if (!(await writing)) return position - start;
    if (bytesRead === 0) {
      // The file is shorter than it was a moment ago: a short answer must not look like a whole one.
      response.destroy();
      return position - start;
    }
    writing = write(response, buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  if (await writing) response.end();
  return position - start;
}

/** Settles with false when the client has gone. */
function write(response: ServerResponse, bytes: Buffer): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const gone = (): void => resolve(false);
  response.once('close', gone);
  response.write(bytes, (error) => {
    response.off('close', gone);
    resolve(error === null || error === undefined);
  });
  return promise;
}
