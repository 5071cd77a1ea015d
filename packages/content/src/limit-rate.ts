/** Makes a `fetch` whose answers come no faster than a limit: for links that others need too. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FetchBytes } from './transfer.ts';

/** The whole of what is fetched through it has the limit together. `bytesPerSecond` is asked at every piece; null is no limit. */
export function limitRate(fetch: FetchBytes, bytesPerSecond: () => number | null): FetchBytes {
  let freeAtMs = 0;
  /** Waits until the limit lets so many bytes pass. */
  const pass = async (bytes: number, signal: AbortSignal | null | undefined): Promise<void> => {
    const limit = bytesPerSecond();
    if (limit === null) return;
    const nowMs = performance.now();
    freeAtMs = Math.max(nowMs, freeAtMs) + (bytes * 1000) / limit;
    if (freeAtMs > nowMs) await sleep(freeAtMs - nowMs, undefined, signal ? { signal } : {});
  };
  return async (url, init) => {
    const answer = await fetch(url, init);
    if (answer.body === null) return answer;
    const slow = new TransformStream<Uint8Array, Uint8Array>({
      transform: async (piece, controller) => {
        await pass(piece.length, init.signal);
        controller.enqueue(piece);
      },
    });
    const { status, statusText, headers } = answer;
    return new Response(answer.body.pipeThrough(slow), { status, statusText, headers });
  };
}
