/** Verify, export, apply and capture WIM images through wimlib-imagex. */
import type { ImagingPort } from '../port.ts';
import type { WimCompression } from './wim-file.ts';

export interface WimExport {
  readonly source: string;
  readonly index: number;
  readonly destination: string;
  readonly compression: WimCompression;
}

export interface WimApply {
  readonly wim: string;
  readonly index: number;
  readonly target: { readonly kind: 'directory'; readonly path: string } | { readonly kind: 'ntfs-device'; readonly path: string };
}

export interface WimCapture {
  /** A directory (a Linux tree; owners, modes, links and extended attributes are kept). */
  readonly source: string;
  readonly destination: string;
  readonly compression: WimCompression;
  readonly name: string;
  readonly description?: string;
  /** Added to the image's XML, by path, such as `FLAGS` or `DISPLAYNAME`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Paths from the image's root whose content is left out, such as `/var/cache/apt/archives/*`. */
  readonly exclude?: readonly string[];
}

export declare function verifyWim(path: string, port: ImagingPort): Promise<void>;
export declare function exportWimImage(request: WimExport, port: ImagingPort): Promise<void>;
export declare function applyWimImage(request: WimApply, port: ImagingPort): Promise<void>;
export declare function captureWimImage(request: WimCapture, port: ImagingPort): Promise<void>;
export declare function setWimImageProperties(
  path: string,
  index: number,
  properties: Readonly<Record<string, string>>,
  port: ImagingPort,
): Promise<void>;
