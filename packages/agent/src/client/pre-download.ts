/**
 * Fetches content that coming runs need while the client waits for them, so that they begin at once. What is fetched is said by the site at each poll;
 * files that it names no more go. A run takes them from the cache itself (content-access.ts).
 */
import { setTimeout } from 'node:timers/promises';
import { downloadContent, freeBytes, type TransferPolicy } from '@ostler/content';
import { formatBytes, isOstlerError, OstlerError, type ClientPolicy, type ContentRef, type PreDownload as Wanted } from '@ostler/contract';
import { createContentSources } from '../content-access.ts';
import type { ContentCache } from '../content-cache.ts';
import type { Log } from '../log.ts';
import type { ServerLink } from '../server-link.ts';

/** What the site says of it in a policy. */
export type Order = Pick<ClientPolicy, 'preDownloads' | 'cacheLimitBytes'>;
export const nothingWanted: Order = { preDownloads: [], cacheLimitBytes: 0 };

export interface PreDownloadWorld {
  readonly cache: ContentCache;
  /** With the client's key. */
  readonly link: Pick<ServerLink, 'call' | 'key'>;
  readonly fetch: typeof globalThis.fetch;
  readonly policy: TransferPolicy;
  readonly log: Log;
  /** Left free on the disk: it is a computer that people use. */
  readonly reserveBytes: number;
  /** From 0 to 1, for the moment of each beginning. */
  readonly random: () => number;
}

interface Going {
  readonly wanted: string;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export class PreDownload {
  readonly #world: PreDownloadWorld;
  readonly #sources: ReturnType<typeof createContentSources>;
  #going: Going | null = null;
  /** By hash, of pieces that are wanted. */
  readonly #problems = new Map<string, string>();
  /** When fetching begins, by the hash of a deployment's content: drawn once. */
  readonly #beginsAtMs = new Map<string, number>();
  #told = '[]';

  constructor(world: PreDownloadWorld) {
    this.#world = world;
    this.#sources = createContentSources(world.link.key, (sha256, signal) =>
      world.link.call('preDownload.sources', { params: { sha256 } }, { signal, patienceMs: 0 }),
    );
  }

  /** Call it with each policy. Fetching goes on beside; the same order again begins what is still missing once more. */
  async want(order: Order, signal: AbortSignal): Promise<void> {
    const wanted = JSON.stringify([order.cacheLimitBytes, order.preDownloads.map(({ contentHash, fetch }) => [contentHash, fetch])]);
    if (this.#going?.wanted !== wanted) {
      await this.stop();
      const stop = new AbortController();
      this.#going = { wanted, stop, ended: this.#work(order, AbortSignal.any([signal, stop.signal])) };
    }
    await this.#tell(order, signal);
  }

  /** Settles when nothing is fetched any more. What has arrived stays. */
  async stop(): Promise<void> {
    const going = this.#going;
    this.#going = null;
    going?.stop.abort();
    await going?.ended;
  }

  /** Never fails: what is in the way is told, and the next poll tries again. */
  async #work(order: Order, signal: AbortSignal): Promise<void> {
    try {
      await this.#bringCacheTo(order, signal);
      await this.#tell(order, signal);
    } catch (error) {
      if (!signal.aborted) this.#world.log.error({ err: error }, 'fetching content of coming runs has failed');
    }
    if (!signal.aborted) this.#going = null;
  }

  async #bringCacheTo(order: Order, signal: AbortSignal): Promise<void> {
    const { cache, log } = this.#world;
    const { kept, tooLarge } = fitInto(order);
    const removed = await cache.keepOnly(kept);
    if (removed > 0) {
      log.info({ removed }, 'content that no run needs any more is removed');
      // The site hears that there is less, whatever it was told.
      this.#told = '';
    }
    this.#problems.clear();
    const limit = formatBytes(order.cacheLimitBytes);
    for (const { sha256 } of tooLarge) this.#problems.set(sha256, `It does not fit into the ${limit} that may be kept here.`);
    const fitting = new Set(kept.map(({ sha256 }) => sha256));
    for (const { content, atMs } of await this.#inOrderOfBeginning(order)) {
      for (const piece of content.filter(({ sha256 }) => fitting.has(sha256))) {
        if (await cache.has(piece)) continue;
        const waitMs = atMs - Date.now();
        if (waitMs > 0) await setTimeout(waitMs, undefined, { signal });
        await this.#fetch(piece, signal);
      }
    }
  }

  /** What has begun before an interruption goes on at once. */
  async #inOrderOfBeginning({ preDownloads }: Order): Promise<readonly (Wanted & { readonly atMs: number })[]> {
    const nowMs = Date.now();
    const each = preDownloads
      .filter(({ fetch }) => fetch)
      .map(async (wanted) => {
        const begun = await Promise.all(wanted.content.map((piece) => this.#world.cache.hasBegun(piece)));
        if (begun.includes(true)) return { ...wanted, atMs: nowMs };
        const atMs = this.#beginsAtMs.get(wanted.contentHash) ?? nowMs + this.#world.random() * wanted.startWithinSeconds * 1000;
        this.#beginsAtMs.set(wanted.contentHash, atMs);
        return { ...wanted, atMs };
      });
    return (await Promise.all(each)).toSorted((one, other) => one.atMs - other.atMs);
  }

  async #fetch(piece: ContentRef, signal: AbortSignal): Promise<void> {
    const { cache, fetch, policy, log } = this.#world;
    try {
      await cache.prepare();
      await this.#requireRoom(piece);
      const sources = await this.#sources.of(piece, signal);
      const request = { sources, ref: piece, destination: cache.pathOf(piece), fetch, policy, signal, report: () => undefined };
      const delivery = await downloadContent(request);
      this.#sources.distrust(delivery);
      log.info({ ...piece, from: delivery.from.map(({ name }) => name) }, 'content of a coming run is here');
    } catch (error) {
      signal.throwIfAborted();
      const problem = error instanceof Error ? error.message : String(error);
      this.#problems.set(piece.sha256, problem);
      log.warn({ ...piece, err: error }, 'content of a coming run could not be fetched');
      // The disk is not left full for what can wait.
      if (isOstlerError(error) && error.code === 'CONTENT_DISK_FULL') await cache.remove(piece);
    }
  }

  /** @throws OstlerError CONTENT_DISK_FULL */
  async #requireRoom(piece: ContentRef): Promise<void> {
    const { cache, reserveBytes } = this.#world;
    const neededBytes = piece.sizeBytes - (await cache.receivedBytes(piece));
    const free = Math.max(0, (await freeBytes(cache.folder)) - reserveBytes);
    if (free < neededBytes) throw new OstlerError('CONTENT_DISK_FULL', { path: cache.folder, neededBytes, freeBytes: free });
  }

  async #receivedBytes(content: readonly ContentRef[]): Promise<number> {
    const each = await Promise.all(content.map((piece) => this.#world.cache.receivedBytes(piece)));
    return each.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Only what is new is told. */
  async #tell({ preDownloads: wanted }: Order, signal: AbortSignal): Promise<void> {
    const { link, log } = this.#world;
    const preDownloads = await Promise.all(
      wanted.map(async ({ deploymentId, contentHash, content }) => {
        const problem = content.map(({ sha256 }) => this.#problems.get(sha256)).find((each) => each !== undefined);
        return {
          deploymentId,
          contentHash,
          receivedBytes: await this.#receivedBytes(content),
          problem: problem?.slice(0, problemChars) ?? null,
        };
      }),
    );
    const text = JSON.stringify(preDownloads);
    if (text === this.#told) return;
    try {
      await link.call('preDownload.report', { body: { preDownloads } }, { signal, patienceMs: 0 });
      this.#told = text;
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error }, 'the site could not be told how far content of coming runs is');
    }
  }
}

const problemChars = 500;

/** In the order of need; what does not fit any more is left out, and what is smaller may still fit. */
function fitInto({ preDownloads, cacheLimitBytes }: Order): {
  readonly kept: readonly ContentRef[];
  readonly tooLarge: readonly ContentRef[];
} {
  const kept: ContentRef[] = [];
  const tooLarge: ContentRef[] = [];
  const seen = new Set<string>();
  let leftBytes = cacheLimitBytes;
  for (const piece of preDownloads.flatMap(({ content }) => content)) {
    if (seen.has(piece.sha256)) continue;
    seen.add(piece.sha256);
    if (piece.sizeBytes > leftBytes) tooLarge.push(piece);
    else {
      kept.push(piece);
      leftBytes -= piece.sizeBytes;
    }
  }
  return { kept, tooLarge };
}
