/**
 * Uploads bytes that are made while they are sent, and that nobody keeps: a piece at a time is held in memory until the server has it, so
 * that a cut connection goes on. How many there will be is known at the end.
 */
import { createHash } from 'node:crypto';
import { OstlerError, ReceivedContent } from '@ostler/contract';
import type { HashedFile } from './hash-file.ts';
import { backOff, RateMeter, reasonOf, type TransferProgress } from './transfer.ts';
import { callUpload, type UploadCall } from './upload-call.ts';

export interface UploadStreamRequest extends UploadCall {
  /** Empty at the server when this begins. */
  readonly source: AsyncIterable<Uint8Array>;
  /** Sent in one request, and held in memory. */
  readonly pieceBytes: number;
  readonly report: (progress: TransferProgress) => void;
  /** For the report alone: how much it may become. */
  readonly expectedBytes: number;
}

/** Settles when the server has every byte, with their number and hash. @throws OstlerError UPLOAD_REFUSED; what the source throws; the signal's reason. */
export async function uploadStream(request: UploadStreamRequest): Promise<HashedFile> {
  const hash = createHash('sha256');
  const report = progressOf(request);
  let sizeBytes = 0;
  for await (const piece of inPieces(request.source, request.pieceBytes)) {
    hash.update(piece);
    await sendPatiently(request, piece, sizeBytes, report);
    sizeBytes += piece.length;
    report(sizeBytes, null);
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

type Report = (doneBytes: number, waitingFor: string | null) => void;

function progressOf({ report, expectedBytes }: UploadStreamRequest): Report {
  const meter = new RateMeter();
  return (doneBytes, waitingFor) => {
    const bytesPerSecond = waitingFor === null ? meter.at(performance.now(), doneBytes) : 0;
    report({ doneBytes, totalBytes: Math.max(expectedBytes, doneBytes), bytesPerSecond, waitingFor });
  };
}

async function sendPatiently(request: UploadStreamRequest, piece: Buffer<ArrayBuffer>, startsAt: number, report: Report): Promise<void> {
  const { policy, signal } = request;
  let failuresInARow = 0;
  let offset: number | null = startsAt;
  while (offset !== startsAt + piece.length) {
    try {
      offset ??= await askOffset(request, startsAt, piece.length);
      if (offset === startsAt + piece.length) return;
      const headers = { 'content-type': 'application/octet-stream', 'upload-offset': String(offset) };
      await callUpload(request, { method: 'PATCH', headers, body: piece.subarray(offset - startsAt) });
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof OstlerError) throw error;
      failuresInARow += 1;
      report(startsAt, reasonOf(error));
      offset = null;
      await backOff(failuresInARow, policy, signal);
    }
  }
}

/** Where the server is within the piece. Anything else was not written by this upload: what came before is held no longer. */
async function askOffset(request: UploadStreamRequest, startsAt: number, pieceBytes: number): Promise<number> {
  const { receivedBytes } = ReceivedContent.parse(await (await callUpload(request, { method: 'GET' })).json());
  if (receivedBytes >= startsAt && receivedBytes <= startsAt + pieceBytes) return receivedBytes;
  const reason = `it has ${receivedBytes} bytes, not ${startsAt} to ${startsAt + pieceBytes}`;
  throw new OstlerError('UPLOAD_REFUSED', { url: request.url, reason });
}

async function* inPieces(source: AsyncIterable<Uint8Array>, pieceBytes: number): AsyncGenerator<Buffer<ArrayBuffer>, void, undefined> {
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  for await (const part of source) {
    gathered.push(part);
    gatheredBytes += part.length;
    if (gatheredBytes < pieceBytes) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    gatheredBytes = 0;
  }
  if (gatheredBytes > 0) yield Buffer.concat(gathered);
}
