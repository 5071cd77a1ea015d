/**
 * Uploads a file in pieces: asks the server how much has arrived, sends from there on, and goes on after network cuts
 * and restarts of the server for as long as the caller's signal allows.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { ErrorBody, OstlerError, Upload } from '@ostler/contract';
import {
  backOff,
  reasonOf,
  throttledReport,
  watchForStall,
  type FetchBytes,
  type TransferPolicy,
  type TransferProgress,
} from './transfer.ts';

export interface UploadRequest {
  readonly path: string;
  /** The upload's own address: GET tells how much has arrived, PATCH appends. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent in one request, and held in memory. */
  readonly pieceBytes: number;
  readonly fetch: FetchBytes;
  readonly policy: TransferPolicy;
  readonly signal: AbortSignal;
  readonly report: (progress: TransferProgress) => void;
}

/** The slowest link that is waited for: a piece gets so much more time than silence alone. */
const slowestBytesPerMs = 64;
/** Answers that ask for another try: 409 says that the server has more or less than we thought. A full disk (507) does not mend itself. */
const passingStatuses: readonly number[] = [408, 409, 425, 429, 500, 502, 503, 504];

/** Settles when the server has every byte. @throws OstlerError UPLOAD_REFUSED; the signal's reason. */
export async function uploadContent(request: UploadRequest): Promise<void> {
  const { path, policy, signal } = request;
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const report = throttledReport(size, request.report);
  const piece = Buffer.allocUnsafe(Math.min(request.pieceBytes, Math.max(size, 1)));
  let failuresInARow = 0;
  let offset: number | null = null;
  while (offset !== size) {
    try {
      offset = offset === null ? await askOffset(request, size) : await sendPiece(request, file, piece, offset);
      report(offset, null);
      failuresInARow = 0;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof OstlerError) throw error;
      failuresInARow += 1;
      report(offset ?? 0, reasonOf(error));
      offset = null;
      await backOff(failuresInARow, policy, signal);
    }
  }
}

async function askOffset(request: UploadRequest, sizeBytes: number): Promise<number> {
  const response = await call(request, { method: 'GET' });
  const { receivedBytes, sizeBytes: announced } = Upload.parse(await response.json());
  if (announced === sizeBytes) return receivedBytes;
  throw refused(request, `it was announced with ${announced} bytes, the file has ${sizeBytes}.`);
}

async function sendPiece(request: UploadRequest, file: FileHandle, piece: Buffer<ArrayBuffer>, offset: number): Promise<number> {
  const { bytesRead } = await file.read(piece, 0, piece.length, offset);
  if (bytesRead === 0) throw refused(request, `the file ends at byte ${offset}.`);
  const headers = { 'content-type': 'application/octet-stream', 'upload-offset': String(offset) };
  await call(request, { method: 'PATCH', headers, body: piece.subarray(0, bytesRead) });
  return offset + bytesRead;
}

/** One request. A refusal is an OstlerError; what is worth another try is any other error. */
async function call(
  request: UploadRequest,
  init: { method: string; headers?: Record<string, string>; body?: Buffer<ArrayBuffer> },
): Promise<Response> {
  const stall = watchForStall(request.policy.stallTimeoutMs + (init.body?.length ?? 0) / slowestBytesPerMs);
  try {
    const response = await request.fetch(request.url, {
      ...init,
      headers: { ...request.headers, ...init.headers },
      signal: AbortSignal.any([request.signal, stall.signal]),
    });
    if (response.ok) return response;
    const body = ErrorBody.safeParse(await response.json().catch(() => null));
    const reason = body.success ? body.data.message : `status ${response.status}`;
    if (passingStatuses.includes(response.status)) throw new Error(reason);
    throw refused(request, reason);
  } finally {
    stall.dispose();
  }
}

function refused({ url }: UploadRequest, reason: string): OstlerError {
  return new OstlerError('UPLOAD_REFUSED', { url, reason });
}
