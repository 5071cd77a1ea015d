/** The header of a WIM file. Format: Microsoft's "WIM file format" white paper and wimlib's header.h; numbers are little-endian. */
import { open, stat, type FileHandle } from 'node:fs/promises';
import { OstlerError } from '@ostler/contract';

export type WimCompression = 'none' | 'xpress' | 'lzx' | 'lzms';

/** A piece of the file: XML, tables. */
export interface WimResource {
  readonly offset: number;
  /** As it stands in the file. */
  readonly sizeBytes: number;
  readonly originalSizeBytes: number;
  readonly compressed: boolean;
}

export interface WimHeader {
  readonly compression: WimCompression;
  readonly solid: boolean;
  readonly pipable: boolean;
  readonly guid: string;
  readonly partNumber: number;
  readonly totalParts: number;
  readonly imageCount: number;
  /** The image that a boot loader starts; 0 is none. */
  readonly bootIndex: number;
  readonly xml: WimResource;
  readonly integrityTable: boolean;
  readonly sizeBytes: number;
}

const headerBytes = 208;
const magic = 'MSWIM\0\0\0';
/** wimlib's own kind, for pipes: its complete header stands at the end of the file. */
const pipableMagic = 'WLPWM\0\0\0';
const versions: Readonly<Record<number, { readonly solid: boolean }>> = { 0x10d00: { solid: false }, 0xe00: { solid: true } };
const flag = { compressed: 0x2, writing: 0x40, xpress: 0x20000, lzx: 0x40000, lzms: 0x80000, xpressSmall: 0x200000 } as const;
const resourceCompressed = 0x4;

/** Where the header's resources begin. */
const resourceFields = { 'table of contents': 48, description: 72, 'boot metadata': 96, 'integrity table': 124 } as const;

/**
 * Reads and checks the header: every part it names lies inside the file.
 * @throws OstlerError IMAGE_NOT_FOUND, IMAGE_NOT_A_WIM, IMAGE_TRUNCATED, IMAGE_VERSION_UNSUPPORTED, IMAGE_BEING_WRITTEN,
 * IMAGE_COMPRESSION_UNSUPPORTED, IMAGE_CORRUPT
 */
export async function readWimHeader(path: string): Promise<WimHeader> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined || !info.isFile()) throw new OstlerError('IMAGE_NOT_FOUND', { path });
  await using file = await open(path, 'r');
  const first = await readAt(file, 0, headerBytes);
  const start = first.toString('latin1', 0, 8);
  if (start !== magic && start !== pipableMagic) throw new OstlerError('IMAGE_NOT_A_WIM', { path, found: describeStart(first) });
  if (first.length < headerBytes) {
    throw new OstlerError('IMAGE_TRUNCATED', { path, part: 'header', expectedBytes: headerBytes, actualBytes: info.size });
  }
  const pipable = start === pipableMagic;
  const header = pipable ? await readAt(file, info.size - headerBytes, headerBytes) : first;
  if (header.toString('latin1', 0, 8) !== start) {
    throw new OstlerError('IMAGE_TRUNCATED', { path, part: 'closing header', expectedBytes: 'its end', actualBytes: info.size });
  }
  return parseHeader(header, { path, sizeBytes: info.size, pipable });
}

/** Reads one part of the file as it is. */
export async function readWimResource(path: string, resource: WimResource): Promise<Buffer> {
  await using file = await open(path, 'r');
  return await readAt(file, resource.offset, resource.sizeBytes);
}

interface FileFacts {
  readonly path: string;
  readonly sizeBytes: number;
  readonly pipable: boolean;
}

function parseHeader(header: Buffer, { path, sizeBytes, pipable }: FileFacts): WimHeader {
  const version = header.readUInt32LE(12);
  const known = versions[version];
  if (known === undefined) throw new OstlerError('IMAGE_VERSION_UNSUPPORTED', { path, version });
  const flags = header.readUInt32LE(16);
  if ((flags & flag.writing) !== 0) throw new OstlerError('IMAGE_BEING_WRITTEN', { path });
  const [partNumber, totalParts] = [header.readUInt16LE(40), header.readUInt16LE(42)];
  if (partNumber === 0 || partNumber > totalParts) throw corrupt(path, `it calls itself part ${partNumber} of ${totalParts}`);
  for (const [part, at] of Object.entries(resourceFields)) checkInside(readResource(header, at, path), { part, path, sizeBytes });
  return {
    compression: compressionOf(flags, path),
    solid: known.solid,
    pipable,
    guid: header.toString('hex', 24, 40),
    partNumber,
    totalParts,
    imageCount: header.readUInt32LE(44),
    bootIndex: header.readUInt32LE(120),
    xml: readResource(header, resourceFields.description, path),
    integrityTable: readResource(header, resourceFields['integrity table'], path).sizeBytes > 0,
    sizeBytes,
  };
}

function compressionOf(flags: number, path: string): WimCompression {
  if ((flags & flag.compressed) === 0) return 'none';
  if ((flags & flag.lzx) !== 0) return 'lzx';
  if ((flags & (flag.xpress | flag.xpressSmall)) !== 0) return 'xpress';
  if ((flags & flag.lzms) !== 0) return 'lzms';
  throw new OstlerError('IMAGE_COMPRESSION_UNSUPPORTED', { path, flags: `0x${flags.toString(16)}` });
}

/** 7 bytes size, 1 byte flags, 8 bytes offset, 8 bytes original size. */
function readResource(header: Buffer, at: number, path: string): WimResource {
  const packed = header.readBigUInt64LE(at);
  const numbers = [packed & 0xff_ffff_ffff_ffffn, header.readBigUInt64LE(at + 8), header.readBigUInt64LE(at + 16)];
  if (numbers.some((each) => each > BigInt(Number.MAX_SAFE_INTEGER))) throw corrupt(path, 'its header has impossible sizes');
  const [sizeBytes = 0, offset = 0, originalSizeBytes = 0] = numbers.map(Number);
  return { sizeBytes, offset, originalSizeBytes, compressed: (Number(packed >> 56n) & resourceCompressed) !== 0 };
}

function checkInside(resource: WimResource, { part, path, sizeBytes }: { part: string; path: string; sizeBytes: number }): void {
  const expectedBytes = resource.offset + resource.sizeBytes;
  if (resource.sizeBytes > 0 && expectedBytes > sizeBytes) {
    throw new OstlerError('IMAGE_TRUNCATED', { path, part, expectedBytes, actualBytes: sizeBytes });
  }
}

function corrupt(path: string, problem: string): OstlerError {
  return new OstlerError('IMAGE_CORRUPT', { path, problem });
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, Math.max(0, position));
  return buffer.subarray(0, bytesRead);
}

function describeStart(bytes: Buffer): string {
  if (bytes.length === 0) return 'nothing (it is empty)';
  const text = bytes.toString('latin1', 0, 8);
  return /^[\x20-\x7e]+$/.test(text) ? `"${text}"` : bytes.toString('hex', 0, 8);
}
