/** What is in a WIM: the typed form of its header and XML. */

export type WimCompression = 'none' | 'xpress' | 'lzx' | 'lzms';

export interface WimImage {
  readonly index: number;
  readonly name: string;
  readonly description: string | undefined;
  readonly edition: string | undefined;
  readonly architecture: string | undefined;
  readonly osVersion: string | undefined;
  readonly languages: readonly string[];
  readonly sizeBytes: number;
  readonly fileCount: number;
  readonly directoryCount: number;
  /** ISO 8601 UTC. */
  readonly createdAt: string | undefined;
  readonly modifiedAt: string | undefined;
  readonly family: 'linux' | 'windows' | 'unknown';
}

export interface WimFile {
  readonly compression: WimCompression;
  readonly solid: boolean;
  readonly pipable: boolean;
  readonly integrityTable: boolean;
  readonly partNumber: number;
  readonly totalParts: number;
  readonly bootIndex: number;
  readonly guid: string;
  readonly sizeBytes: number;
  readonly images: readonly WimImage[];
}

/** Reads header and XML of a WIM. @throws OstlerError IMAGE_… naming the defect. */
export declare function readWimFile(path: string): Promise<WimFile>;
