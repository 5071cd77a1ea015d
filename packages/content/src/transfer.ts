/** What downloads and uploads share: how long to wait, how to say how far they are. */
import { setTimeout as sleep } from 'node:timers/promises';

/** The part of the global `fetch` that transfers need. */
export type FetchBytes = (url: string, init: RequestInit) => Promise<Response>;

export interface TransferPolicy {
  /** No byte for so long: the connection is given up and made anew. */
  readonly stallTimeoutMs: number;
  /** The wait after the first failure in a row; it doubles with each up to `longestDelayMs`. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

/** For a network in which a server restarts within seconds and a switch takes a minute. */
export const defaultTransferPolicy: TransferPolicy = { stallTimeoutMs: 20_000, firstDelayMs: 500, longestDelayMs: 15_000 };

export interface TransferProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Over the last seconds; 0 while nothing moves. */
  readonly bytesPerSecond: number;
  /** Why nothing moves at the moment, in words for people; null while bytes move. */
  readonly waitingFor: string | null;
}

/** Waits before the next try: doubling, with a quarter of chance so that a room of machines does not come back at once. */
export async function backOff(failuresInARow: number, policy: TransferPolicy, signal: AbortSignal): Promise<void> {
  const delayMs = Math.min(policy.firstDelayMs * 2 ** Math.min(failuresInARow - 1, 20), policy.longestDelayMs);
  await sleep(delayMs * (0.75 + Math.random() / 4), undefined, { signal }).catch(() => {
    signal.throwIfAborted();
  });
}

/** The rate over the last three seconds. */
export class RateMeter {
  readonly #samples: { readonly atMs: number; readonly doneBytes: number }[] = [];

  /** Bytes a second with this sample taken in. */
  at(atMs: number, doneBytes: number): number {
    const samples = this.#samples;
    samples.push({ atMs, doneBytes });
    while (samples.length > 2 && (samples[1]?.atMs ?? 0) < atMs - 3000) samples.shift();
    const first = samples[0];
    if (first === undefined || atMs <= first.atMs) return 0;
    return Math.max(0, ((doneBytes - first.doneBytes) * 1000) / (atMs - first.atMs));
  }
}

/** Calls `report` at most five times a second, and whenever the wait changes. */
export function throttledReport(totalBytes: number, report: (progress: TransferProgress) => void) {
  const meter = new RateMeter();
  let lastMs = Number.NEGATIVE_INFINITY;
  return (doneBytes: number, waitingFor: string | null): void => {
    const nowMs = performance.now();
    if (waitingFor === null && nowMs - lastMs < 200 && doneBytes < totalBytes) return;
    lastMs = nowMs;
    const bytesPerSecond = waitingFor === null ? meter.at(nowMs, doneBytes) : 0;
    report({ doneBytes, totalBytes, bytesPerSecond, waitingFor });
  };
}

/** The reason of a failed request in a few words; `fetch` hides it in the cause. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  if (!(cause instanceof Error)) return thrown.message;
  return cause.message || ('code' in cause ? String(cause.code) : thrown.message);
}

/** Aborts when `touch` is not called for `timeoutMs`. `dispose` ends the watch. */
export function watchForStall(timeoutMs: number): { readonly signal: AbortSignal; touch(): void; dispose(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new Error(`no byte for ${timeoutMs / 1000} seconds`));
  }, timeoutMs);
  return {
    signal: controller.signal,
    touch: () => {
      timer.refresh();
    },
    dispose: () => {
      clearTimeout(timer);
    },
  };
}
