/** The content store as the other features see it: immutable pieces addressed by SHA-256, with who refers to them. */
import type { ContentRef } from '@ostler/contract';

/** Who refers to a piece of content. Content without a reference is deleted after a grace time. */
export interface ContentOwner {
  readonly kind: 'image' | 'package-version' | 'boot-image';
  readonly id: string;
}

export interface ContentStore {
  /** Copies a file in (hashing on the way) and refers to it. Nothing is stored when it fails half-way. */
  addFile(
    path: string,
    options: { readonly signal: AbortSignal; readonly onBytes?: (doneBytes: number, totalBytes: number) => void },
  ): Promise<ContentRef>;
  /** As addFile, but takes the file itself (rename where possible): for uploads and built files. */
  takeFile(
    path: string,
    options: { readonly signal: AbortSignal; readonly onBytes?: (doneBytes: number, totalBytes: number) => void },
  ): Promise<ContentRef>;
  has(sha256: string): Promise<boolean>;
  /** Where the bytes are. @throws OstlerError CONTENT_NOT_FOUND */
  pathOf(sha256: string): Promise<string>;
  refer(owner: ContentOwner, sha256: string): Promise<void>;
  release(owner: ContentOwner): Promise<void>;
}
