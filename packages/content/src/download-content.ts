/**
 * Downloads one piece of content: goes on where it stopped, through network cuts and restarts of the server, for as
 * long as the caller's signal allows; verifies it before it gets its name. Which sources there are is the caller's.
 */
import { dirname } from 'node:path';
import { OstlerError, type ContentRef } from '@ostler/contract';
import { diskFull, freeBytes, isDiskFull } from './disk-space.ts';
import { fetchRest, type Attempt } from './fetch-rest.ts';
import { PartialFile } from './partial-file.ts';
import { backOff, throttledReport, type FetchBytes, type TransferPolicy, type TransferProgress } from './transfer.ts';

export interface ContentSource {
  readonly url: string;
  /** Sent with each request, such as the authorisation. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface DownloadRequest {
  /** In the order to be tried. */
  readonly sources: readonly ContentSource[];
  readonly ref: ContentRef;
  /** Where the finished file goes; `<destination>.partial` beside it holds what has arrived. */
  readonly destination: string;
  readonly fetch: FetchBytes;
  readonly policy: TransferPolicy;
  readonly signal: AbortSignal;
  readonly report: (progress: TransferProgress) => void;
}

/** What is known of one source in this download. */
interface SourceState extends ContentSource {
  etag: string | null;
  /** How often it completed a piece that was not the one asked for. */
  mismatches: number;
  /** Why it is not asked again; null while it is. */
  givenUp: string | null;
}

/**
 * Downloads `ref` to `destination`; a file kept from an earlier, interrupted download is hashed again and continued.
 * A source that sends a wrong hash is asked once more from the beginning, then not again.
 * @throws OstlerError CONTENT_HASH_MISMATCH when that was the last source, CONTENT_UNAVAILABLE when every source refuses,
 * CONTENT_DISK_FULL (what has arrived is kept); the signal's reason.
 */
export async function downloadContent(request: DownloadRequest): Promise<void> {
  const { ref, destination, signal } = request;
  await using partial = await PartialFile.open(`${destination}.partial`, ref.sizeBytes, signal);
  const free = await freeBytes(dirname(destination));
  if (free < ref.sizeBytes - partial.sizeBytes) throw await diskFull(destination, ref.sizeBytes - partial.sizeBytes, undefined);
  try {
    await fetchUntilVerified(request, partial);
  } catch (error) {
    throw isDiskFull(error) ? await diskFull(destination, ref.sizeBytes - partial.sizeBytes, error) : error;
  }
  await partial.publish(destination);
}

async function fetchUntilVerified(request: DownloadRequest, partial: PartialFile): Promise<void> {
  const { ref, policy, signal } = request;
  const sources: SourceState[] = request.sources.map((source) => ({ ...source, etag: null, mismatches: 0, givenUp: null }));
  const report = throttledReport(ref.sizeBytes, request.report);
  let failuresInARow = 0;
  for (let turn = 0; ;) {
    signal.throwIfAborted();
    const usable = sources.filter((source) => source.givenUp === null);
    const source = usable[turn % Math.max(usable.length, 1)];
    if (source === undefined) throw unavailable(ref, sources);
    const sizeBefore = partial.sizeBytes;
    const attempt = await fetchRest({ source, ref, partial, fetch: request.fetch, policy, signal, report });
    source.etag = attempt.etag ?? source.etag;
    if (attempt.outcome === 'complete') {
      if (await acceptOrDiscard(partial, ref, source)) return;
    } else if (attempt.outcome === 'refused') {
      source.givenUp = attempt.reason;
    } else {
      failuresInARow = partial.sizeBytes > sizeBefore ? 1 : failuresInARow + 1;
      report(partial.sizeBytes, waitReason(source, attempt));
      await backOff(failuresInARow, policy, signal);
      turn += 1;
    }
  }
}

/** True when the bytes are those asked for; otherwise they are thrown away. @throws when the same source sent a wrong hash twice and was the last. */
async function acceptOrDiscard(partial: PartialFile, ref: ContentRef, source: SourceState): Promise<boolean> {
  const actual = partial.sha256();
  if (actual === ref.sha256) return true;
  await partial.clear();
  source.mismatches += 1;
  source.etag = null;
  if (source.mismatches > 1) source.givenUp = `wrong hash ${actual}`;
  return false;
}

function unavailable(ref: ContentRef, sources: readonly SourceState[]): OstlerError {
  const liar = sources.findLast((source) => source.mismatches > 1);
  if (liar !== undefined) {
    const actual = (liar.givenUp ?? '').replace('wrong hash ', '');
    return new OstlerError('CONTENT_HASH_MISMATCH', { source: liar.url, expected: ref.sha256, actual });
  }
  const reasons = sources.map((source) => `${source.url} ${source.givenUp ?? ''}`).join('; ') || 'no source was given';
  return new OstlerError('CONTENT_UNAVAILABLE', { sha256: ref.sha256, reasons });
}

function waitReason(source: ContentSource, attempt: Attempt): string {
  return `${new URL(source.url).host}: ${attempt.reason ?? 'interrupted'}`;
}
