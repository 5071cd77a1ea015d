/**
 * Downloads bytes that are used as they come and kept nowhere: after a cut it asks for the rest. The hash is known at the end alone, so
 * the caller does nothing that cannot be undone before this has ended.
 */
import { createHash } from 'node:crypto';
import { OstlerError, type ContentRef } from '@ostler/contract';
import {
  backOff,
  reasonOf,
  throttledReport,
  watchForStall,
  type FetchBytes,
  type TransferPolicy,
  type TransferProgress,
} from './transfer.ts';

export interface DownloadStreamRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly ref: ContentRef;
  readonly fetch: FetchBytes;
  readonly policy: TransferPolicy;
  readonly signal: AbortSignal;
  readonly report: (progress: TransferProgress) => void;
}

const passingStatuses: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** @throws OstlerError CONTENT_UNAVAILABLE, CONTENT_HASH_MISMATCH after the last byte; the signal's reason */
export async function* downloadStream(request: DownloadStreamRequest): AsyncGenerator<Uint8Array, void, undefined> {
  const { ref, policy, signal, url } = request;
  const hash = createHash('sha256');
  const report = throttledReport(ref.sizeBytes, request.report);
  let doneBytes = 0;
  let failuresInARow = 0;
  while (doneBytes < ref.sizeBytes) {
    const before = doneBytes;
    try {
      for await (const chunk of fetchRestOf(request, doneBytes)) {
        hash.update(chunk);
        doneBytes += chunk.length;
        report(doneBytes, null);
        yield chunk;
      }
      if (doneBytes < ref.sizeBytes) throw new Error('the connection ended early');
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof OstlerError) throw error;
      failuresInARow = doneBytes > before ? 1 : failuresInARow + 1;
      report(doneBytes, reasonOf(error));
      await backOff(failuresInARow, policy, signal);
    }
  }
  const actual = hash.digest('hex');
  if (actual !== ref.sha256) throw new OstlerError('CONTENT_HASH_MISMATCH', { source: url, expected: ref.sha256, actual });
}

async function* fetchRestOf(request: DownloadStreamRequest, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
  const { ref, url } = request;
  const stall = watchForStall(request.policy.stallTimeoutMs);
  try {
    const response = await request.fetch(url, {
      headers: { ...request.headers, 'accept-encoding': 'identity', range: `bytes=${offset}-` },
      signal: AbortSignal.any([request.signal, stall.signal]),
    });
    checkAnswer(response, ref, offset, url);
    let left = ref.sizeBytes - offset;
    // Safe: the body of a fetch is bytes (Fetch standard); its type leaves the chunk open.
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      stall.touch();
      if (chunk.length > left) throw unavailable(ref, `${url} sent more than ${ref.sizeBytes} bytes`);
      left -= chunk.length;
      yield chunk;
      // Whoever takes the bytes may be slow: that is not the network's silence.
      stall.touch();
    }
  } finally {
    stall.dispose();
  }
}

function checkAnswer({ status, headers }: Response, ref: ContentRef, offset: number, url: string): void {
  if (passingStatuses.includes(status)) throw new Error(`status ${status}`);
  if (status !== 206) throw unavailable(ref, `${url} answered with status ${status}`);
  const expected = `bytes ${offset}-${ref.sizeBytes - 1}/${ref.sizeBytes}`;
  const range = headers.get('content-range') ?? '';
  if (range !== expected) throw unavailable(ref, `${url} sent the range "${range}", expected "${expected}"`);
}

function unavailable({ sha256 }: ContentRef, reasons: string): OstlerError {
  return new OstlerError('CONTENT_UNAVAILABLE', { sha256, reasons });
}
