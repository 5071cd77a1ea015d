/** Content for steps: downloads verified, uploads resumed, both through the site with the run's key. How they travel is @ostler/content. */
import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  downloadContent,
  downloadStream,
  hashFile,
  uploadContent,
  uploadStream,
  type HashedFile,
  type TransferPolicy,
  type TransferProgress,
} from '@ostler/content';
import { fillPath, routes, streamRoutes, type ContentRef } from '@ostler/contract';
import type { ServerLink } from './server-link.ts';

export interface TransferPort {
  readonly signal: AbortSignal;
  readonly report: (progress: TransferProgress) => void;
}

export interface ContentAccess {
  /** The content as a verified file at the path; a finished or interrupted earlier download is used. */
  download(ref: ContentRef, path: string, port: TransferPort): Promise<void>;
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

export interface ContentAccessOptions {
  readonly link: Pick<ServerLink, 'serverUrl' | 'key'>;
  readonly fetch: typeof globalThis.fetch;
  readonly policy: TransferPolicy;
}

const uploadPieceBytes = 8 * 1024 * 1024;

export function createContentAccess({ link, fetch, policy }: ContentAccessOptions): ContentAccess {
  const headers = { authorization: `Bearer ${link.key ?? ''}` };
  return {
    download: async (ref, path, { signal, report }) => {
      await mkdir(dirname(path), { recursive: true });
      if (await isWhole(path, ref, { signal, report })) return;
      const url = `${link.serverUrl}${fillPath(streamRoutes['agent.content'].path, { sha256: ref.sha256 })}`;
      await downloadContent({ sources: [{ url, headers }], ref, destination: path, fetch, policy, signal, report });
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
