/**
 * Uploads a file in pieces: asks the server how much has arrived, sends from there on, and goes on after network cuts
 * and restarts of the server for as long as the caller's signal allows.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { OstlerError, Upload } from '@ostler/contract';
import { backOff, reasonOf, throttledReport, type TransferProgress } from './transfer.ts';
import { callUpload, type UploadCall } from './upload-call.ts';

export interface UploadRequest extends UploadCall {
  readonly path: string;
  /** Sent in one request, and held in memory. */
  readonly pieceBytes: number;
  readonly report: (progress: TransferProgress) => void;
}

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
  const response = await callUpload(request, { method: 'GET' });
  const { receivedBytes, sizeBytes: announced } = Upload.parse(await response.json());
  if (announced === sizeBytes) return receivedBytes;
  throw refused(request, `it was announced with ${announced} bytes, the file has ${sizeBytes}.`);
}

async function sendPiece(request: UploadRequest, file: FileHandle, piece: Buffer<ArrayBuffer>, offset: number): Promise<number> {
  const { bytesRead } = await file.read(piece, 0, piece.length, offset);
  if (bytesRead === 0) throw refused(request, `the file ends at byte ${offset}.`);
  const headers = { 'content-type': 'application/octet-stream', 'upload-offset': String(offset) };
  await callUpload(request, { method: 'PATCH', headers, body: piece.subarray(0, bytesRead) });
  return offset + bytesRead;
}

function refused({ url }: UploadCall, reason: string): OstlerError {
  return new OstlerError('UPLOAD_REFUSED', { url, reason });
}
