/** One attempt to get the rest of a piece from one source, by a ranged request (RFC 9110 §14). Trying again is the caller's. */
import type { ContentRef } from '@ostler/contract';
import { isDiskFull } from './disk-space.ts';
import type { PartialFile } from './partial-file.ts';
import { reasonOf, watchForStall, type FetchBytes, type TransferPolicy } from './transfer.ts';

export interface AttemptRequest {
  readonly source: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly etag: string | null };
  readonly ref: ContentRef;
  readonly partial: PartialFile;
  readonly fetch: FetchBytes;
  readonly policy: TransferPolicy;
  readonly signal: AbortSignal;
  readonly report: (doneBytes: number, waitingFor: string | null) => void;
}

/** complete: every byte is there; interrupted: worth another try; refused: this source will not give it. */
export type Attempt = AttemptFacts &
  ({ readonly outcome: 'complete'; readonly reason: null } | { readonly outcome: 'interrupted' | 'refused'; readonly reason: string });

interface AttemptFacts {
  readonly etag: string | null;
  /** What had arrived before was thrown away: the source sent the whole. */
  readonly startedOver: boolean;
}

/** Answers for these are about the moment, not about the content. */
const passingStatuses: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** @throws only what another try cannot mend: a failed write, the caller's abort. */
export async function fetchRest(request: AttemptRequest): Promise<Attempt> {
  const { partial, ref, signal } = request;
  if (partial.sizeBytes === ref.sizeBytes) return { outcome: 'complete', etag: null, startedOver: false, reason: null };
  const stall = watchForStall(request.policy.stallTimeoutMs);
  let etag: string | null = null;
  let startedOver = false;
  try {
    const response = await request.fetch(request.source.url, {
      headers: { ...request.source.headers, ...rangeHeaders(request) },
      signal: AbortSignal.any([signal, stall.signal]),
    });
    etag = response.headers.get('etag');
    const refusal = refusalOf(response, request);
    if (refusal !== null) {
      await response.body?.cancel();
      return { ...refusal, etag, startedOver };
    }
    // The whole piece instead of the rest: ranges are not offered, or what the source has is another version.
    startedOver = response.status === 200;
    if (startedOver) await partial.clear();
    await appendBody(response, request, () => stall.touch());
    if (partial.sizeBytes === ref.sizeBytes) return { outcome: 'complete', etag, startedOver, reason: null };
    return { outcome: 'interrupted', etag, startedOver, reason: 'the connection ended early' };
  } catch (error) {
    signal.throwIfAborted();
    if (isWriteFailure(error)) throw error;
    const cause: unknown = stall.signal.aborted ? stall.signal.reason : error;
    return { outcome: 'interrupted', etag, startedOver, reason: reasonOf(cause) };
  } finally {
    stall.dispose();
  }
}

function rangeHeaders({ partial, source }: AttemptRequest): Record<string, string> {
  // identity: a proxy that compresses on the way would break offsets.
  const identity = { 'accept-encoding': 'identity' };
  if (partial.sizeBytes === 0) return identity;
  const ifRange = source.etag === null ? {} : { 'if-range': source.etag };
  return { ...identity, ...ifRange, range: `bytes=${partial.sizeBytes}-` };
}

function refusalOf(
  response: Response,
  { partial, ref }: AttemptRequest,
): { readonly outcome: 'interrupted' | 'refused'; readonly reason: string } | null {
  const { status, headers } = response;
  if (status === 200) {
    const length = headers.get('content-length');
    if (length === null || Number(length) === ref.sizeBytes) return null;
    return { outcome: 'refused', reason: `has ${length} bytes under this name, expected ${ref.sizeBytes}` };
  }
  if (status === 206) {
    const expected = `bytes ${partial.sizeBytes}-${ref.sizeBytes - 1}/${ref.sizeBytes}`;
    const range = headers.get('content-range');
    return range === expected ? null : { outcome: 'refused', reason: `sent the range "${range ?? ''}", expected "${expected}"` };
  }
  return { outcome: passingStatuses.includes(status) ? 'interrupted' : 'refused', reason: `answered with status ${status}` };
}

/** Written in pieces of this size: the network hands over a few KiB at a time, and each write costs the same. */
const writeBytes = 1 << 20;

async function appendBody(response: Response, { partial, ref, report }: AttemptRequest, touch: () => void): Promise<void> {
  if (response.body === null) return;
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  const write = async (): Promise<void> => {
    const piece = Buffer.concat(gathered);
    gathered = [];
    gatheredBytes = 0;
    await partial.append(piece);
  };
  try {
    // Safe: the body of a fetch is bytes (Fetch standard); its type leaves the chunk open.
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      touch();
      const room = ref.sizeBytes - partial.sizeBytes - gatheredBytes;
      const taken = chunk.length > room ? chunk.subarray(0, room) : chunk;
      gathered.push(taken);
      gatheredBytes += taken.length;
      if (gatheredBytes >= writeBytes) await write();
      report(partial.sizeBytes + gatheredBytes, null);
      if (chunk.length > room) return;
    }
  } finally {
    // What came before a cut counts.
    await write();
  }
}

/** A system call on our own file failed (they carry `syscall`), not the connection. */
function isWriteFailure(thrown: unknown): boolean {
  if (isDiskFull(thrown)) return true;
  return (
    thrown instanceof Error && 'syscall' in thrown && (thrown.syscall === 'write' || thrown.syscall === 'ftruncate') && !isSocket(thrown)
  );
}

function isSocket(thrown: Error): boolean {
  return 'code' in thrown && (thrown.code === 'EPIPE' || thrown.code === 'ECONNRESET');
}
