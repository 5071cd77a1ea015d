/**
 * Content for steps: what this computer has already, or else downloads from where the site says, both verified; uploads resumed, to the site with the
 * run's key. How they travel is @ostler/content.
 */
import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  downloadContent,
  type ContentSource,
  type Delivery,
  downloadStream,
  hashFile,
  uploadContent,
  uploadStream,
  type HashedFile,
  type TransferPolicy,
  type TransferProgress,
} from '@ostler/content';
import { fillPath, routes, type ContentRef, type ContentSources } from '@ostler/contract';
import type { ContentCache } from './content-cache.ts';
import type { ServerLink } from './server-link.ts';

export interface TransferPort {
  readonly signal: AbortSignal;
  readonly report: (progress: TransferProgress) => void;
}

export interface ContentAccess {
  /** The content as a verified file at the path; what this computer fetched before the run is used, and a finished or interrupted earlier download. */
  download(ref: ContentRef, path: string, port: TransferPort): Promise<void>;
  /** What this computer fetched before the run, where that is on the file system of the folder; null: there it takes no room and saves none. */
  cacheBeside(folder: string): Promise<ContentCache | null>;
  /** What has been downloaded since this was asked last, and from where. */
  takeDeliveries(): readonly Delivered[];
  /** Sends a file into an upload that the server has begun. */
  upload(uploadId: string, path: string, port: TransferPort): Promise<void>;
  /** Sends bytes that nobody keeps to an address of the API. @returns what was sent */
  sendStream(
    to: { readonly path: string; readonly expectedBytes: number },
    source: AsyncIterable<Uint8Array>,
    port: TransferPort,
  ): Promise<HashedFile>;
  /** Bytes of an address of the API as they come; that they are the right ones is known when it ends. */
  receiveStream(path: string, ref: ContentRef, port: TransferPort): AsyncGenerator<Uint8Array, void, undefined>;
}

export interface Delivered extends Delivery {
  readonly ref: ContentRef;
}

export interface ContentAccessOptions {
  readonly link: Pick<ServerLink, 'serverUrl' | 'key' | 'call'>;
  readonly runId: string;
  readonly fetch: typeof globalThis.fetch;
  readonly policy: TransferPolicy;
  /** Of the system that is this computer's now; in the boot environment that of the disk, while it is mounted. */
  readonly cache: () => ContentCache;
}

const uploadPieceBytes = 8 * 1024 * 1024;

/** In the place of a source's name. */
const ownCache = 'this computer';

export function createContentAccess({ link, runId, fetch, policy, cache }: ContentAccessOptions): ContentAccess {
  const headers = { authorization: `Bearer ${link.key ?? ''}` };
  let delivered: Delivered[] = [];
  const sources = createContentSources(link.key, (sha256, signal) => {
    const patience = { signal, patienceMs: Number.POSITIVE_INFINITY };
    return link.call('agent.contentSources', { params: { id: runId, sha256 } }, patience);
  });
  return {
    download: async (ref, path, { signal, report }) => {
      await mkdir(dirname(path), { recursive: true });
      const isLent = await cache().lend(ref, path);
      if (await isWhole(path, ref, { signal, report })) {
        if (isLent) delivered.push({ ref, from: [{ name: ownCache, bytes: ref.sizeBytes }], liars: [] });
        return;
      }
      // It was damaged on the disk.
      if (isLent) await cache().remove(ref);
      const request = { sources: await sources.of(ref, signal), ref, destination: path, fetch, policy, signal, report };
      const delivery = await downloadContent(request);
      sources.distrust(delivery);
      delivered.push({ ref, ...delivery });
    },
    cacheBeside: async (folder) => ((await cache().isBeside(folder)) ? cache() : null),
    takeDeliveries: () => {
      const taken = delivered;
      delivered = [];
      return taken;
    },
    upload: async (uploadId, path, { signal, report }) => {
      const url = `${link.serverUrl}${fillPath(routes['agent.getUpload'].path, { id: uploadId })}`;
      await uploadContent({ path, url, headers, pieceBytes: uploadPieceBytes, fetch, policy, signal, report });
    },
    sendStream: ({ path, expectedBytes }, source, { signal, report }) => {
      const url = `${link.serverUrl}${path}`;
      return uploadStream({ url, headers, source, expectedBytes, pieceBytes: uploadPieceBytes, fetch, policy, signal, report });
    },
    receiveStream: (path, ref, { signal, report }) =>
      downloadStream({ url: `${link.serverUrl}${path}`, headers, ref, fetch, policy, signal, report }),
  };
}

/**
 * Where to get a piece: as the site says, but not again from whoever has sent something else in this life of the agent.
 * @param key what the site itself wants to see
 */
export function createContentSources(key: string | null, ask: (sha256: string, signal: AbortSignal) => Promise<ContentSources>) {
  const distrusted = new Set<string>();
  return {
    of: async ({ sha256 }: ContentRef, signal: AbortSignal): Promise<ContentSource[]> => {
      const { sources } = await ask(sha256, signal);
      const named = sources.map(({ name, url, token }) => ({ name, url, headers: { authorization: `Bearer ${token ?? key ?? ''}` } }));
      const trusted = named.filter(({ url }) => !distrusted.has(new URL(url).origin));
      return trusted.length === 0 ? named : trusted;
    },
    distrust: ({ liars }: Delivery): void => {
      for (const { url } of liars) distrusted.add(new URL(url).origin);
    },
  };
}

/** A file from before an interruption is verified before it is used. */
async function isWhole(path: string, ref: ContentRef, { signal, report }: TransferPort): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (found === null) return false;
  if (found.size === ref.sizeBytes) {
    const onBytes = (doneBytes: number): void => {
      report({ doneBytes, totalBytes: ref.sizeBytes, bytesPerSecond: 0, waitingFor: null });
    };
    if ((await hashFile(path, { signal, onBytes })).sha256 === ref.sha256) return true;
  }
  await rm(path, { force: true });
  return false;
}
