/**
 * Downloads one piece of content: goes on where it stopped, through network cuts and restarts of the server, for as
 * long as the caller's signal allows; verifies it before it gets its name. Which sources there are is the caller's.
 */
import { dirname } from 'node:path';
import { OstlerError, type ContentRef } from '@ostler/contract';
import { diskFull, freeBytes, isDiskFull } from './disk-space.ts';
import { fetchRest } from './fetch-rest.ts';
import { PartialFile } from './partial-file.ts';
import { SourceList, type ContentSource, type Delivery } from './source-list.ts';
import { backOff, throttledReport, type FetchBytes, type TransferPolicy, type TransferProgress } from './transfer.ts';

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

/**
 * Downloads `ref` to `destination`; a file kept from an earlier, interrupted download is hashed again and continued. The first source that
 * answers sends it; where it ends in the middle, the next one goes on there. A source that sends something else is not asked again, and
 * where it is the only one, it is asked once more from the beginning.
 * @throws OstlerError CONTENT_HASH_MISMATCH when that was the last source, CONTENT_UNAVAILABLE when every source refuses,
 * CONTENT_DISK_FULL (what has arrived is kept); the signal's reason.
 */
export async function downloadContent(request: DownloadRequest): Promise<Delivery> {
  const { ref, destination, signal } = request;
  await using partial = await PartialFile.open(`${destination}.partial`, ref.sizeBytes, signal);
  const free = await freeBytes(dirname(destination));
  if (free < ref.sizeBytes - partial.sizeBytes) throw await diskFull(destination, ref.sizeBytes - partial.sizeBytes, undefined);
  const sources = new SourceList(request.sources, partial.sizeBytes > 0);
  try {
    await fetchUntilVerified(request, partial, sources);
  } catch (error) {
    throw isDiskFull(error) ? await diskFull(destination, ref.sizeBytes - partial.sizeBytes, error) : error;
  }
  await partial.publish(destination);
  return sources.delivery();
}

async function fetchUntilVerified(request: DownloadRequest, partial: PartialFile, sources: SourceList): Promise<void> {
  const { ref, policy, signal, fetch } = request;
  const report = throttledReport(ref.sizeBytes, request.report);
  let failuresInARow = 0;
  for (;;) {
    signal.throwIfAborted();
    const source = sources.current();
    if (source === undefined) throw unavailable(ref, sources);
    if (sources.mustBeAlone(source)) await clear(partial, sources);
    const sizeBefore = partial.sizeBytes;
    const attempt = await fetchRest({ source, ref, partial, fetch, policy, signal, report });
    sources.note(source, attempt, partial.sizeBytes - (attempt.startedOver ? 0 : sizeBefore));
    if (attempt.outcome === 'complete') {
      const actual = partial.sha256();
      if (actual === ref.sha256) return;
      sources.blame(source, actual);
      await clear(partial, sources);
    } else if (attempt.outcome === 'refused') {
      sources.giveUp(source, attempt.reason);
    } else {
      failuresInARow = partial.sizeBytes > sizeBefore ? 1 : failuresInARow + 1;
      report(partial.sizeBytes, `${new URL(source.url).host}: ${attempt.reason}`);
      // Another source is asked at once; the same ones again only after a while.
      const rounds = Math.floor(failuresInARow / sources.usableCount);
      if (rounds > 0) await backOff(rounds, policy, signal);
      sources.turnToNext(source);
    }
  }
}

async function clear(partial: PartialFile, sources: SourceList): Promise<void> {
  await partial.clear();
  sources.forgetBytes();
}

function unavailable(ref: ContentRef, sources: SourceList): OstlerError {
  const liar = sources.delivery().liars.at(-1);
  if (liar !== undefined) {
    return new OstlerError('CONTENT_HASH_MISMATCH', { source: liar.url, expected: ref.sha256, actual: liar.actualSha256 });
  }
  return new OstlerError('CONTENT_UNAVAILABLE', { sha256: ref.sha256, reasons: sources.reasons() || 'no source was given' });
}
