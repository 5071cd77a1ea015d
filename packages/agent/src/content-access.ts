/**
 * Content for steps: downloads verified, from where the site says; uploads resumed, to the site with the run's key. How they travel is
 * @ostler/content.
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
import { fillPath, routes, type ContentRef } from '@ostler/contract';
import type { ServerLink } from './server-link.ts';

export interface TransferPort {
  readonly signal: AbortSignal;
  readonly report: (progress: TransferProgress) => void;
}

export interface ContentAccess {
  /** The content as a verified file at the path; a finished or interrupted earlier download is used. */
  download(ref: ContentRef, path: string, port: TransferPort): Promise<void>;
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
}

const uploadPieceBytes = 8 * 1024 * 1024;

export function createContentAccess({ link, runId, fetch, policy }: ContentAccessOptions): ContentAccess {
  const headers = { authorization: `Bearer ${link.key ?? ''}` };
  let delivered: Delivered[] = [];
  const sources = createSources({ link, runId });
  return {
    download: async (ref, path, { signal, report }) => {
      await mkdir(dirname(path), { recursive: true });
      if (await isWhole(path, ref, { signal, report })) return;
      const request = { sources: await sources.of(ref, signal), ref, destination: path, fetch, policy, signal, report };
      const delivery = await downloadContent(request);
      sources.distrust(delivery);
      delivered.push({ ref, ...delivery });
    },
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

/** Where to get a piece: as the site says, but not again from whoever has sent something else in this life of the agent. */
function createSources({ link, runId }: Pick<ContentAccessOptions, 'link' | 'runId'>) {
  const distrusted = new Set<string>();
  return {
    of: async ({ sha256 }: ContentRef, signal: AbortSignal): Promise<ContentSource[]> => {
      const patience = { signal, patienceMs: Number.POSITIVE_INFINITY };
      const { sources } = await link.call('agent.contentSources', { params: { id: runId, sha256 } }, patience);
      const named = sources.map(({ name, url, token }) => ({ name, url, headers: { authorization: `Bearer ${token ?? link.key ?? ''}` } }));
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
