/** Reads the XML files of a zip of unknown origin. Everything is bounded: entries, sizes written in the directory, and bytes that really come out. */

/** What is wrong with the zip, in a sentence for whoever gave it. */
export class ZipProblem extends Error {
  override readonly name = 'ZipProblem';
}

export interface ZipLimits {
  readonly entries: number;
  /** Of all files that are read together, unpacked. */
  readonly totalBytes: number;
}

export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const signatures = { file: 0x04_03_4b_50, directory: 0x02_01_4b_50, end: 0x06_05_4b_50 } as const;
const endRecordBytes = 22;
const longestComment = 65_535;

export function isZip(bytes: Uint8Array): boolean {
  return bytes.length > 4 && viewOf(bytes).getUint32(0, true) === signatures.file;
}

/** The files whose names end in .xml. @throws ZipProblem */
export async function readXmlFiles(bytes: Uint8Array, limits: ZipLimits): Promise<ZipFile[]> {
  try {
    const entries = readDirectory(bytes, limits).filter(({ name }) => name.toLowerCase().endsWith('.xml'));
    const files: ZipFile[] = [];
    let leftBytes = limits.totalBytes;
    for (const entry of entries) {
      const content = await unpack(bytes, entry, leftBytes);
      leftBytes -= content.length;
      files.push({ name: entry.name, bytes: content });
    }
    return files;
  } catch (error) {
    // Offsets that point outside the file.
    if (error instanceof RangeError) throw new ZipProblem('the zip is damaged or cut off', { cause: error });
    throw error;
  }
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly offset: number;
}

function readDirectory(bytes: Uint8Array, limits: ZipLimits): Entry[] {
  const view = viewOf(bytes);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  if (count > limits.entries) throw new ZipProblem(`the zip has ${count} files; at most ${limits.entries} are read`);
  let at = view.getUint32(end + 16, true);
  return Array.from({ length: count }, () => {
    if (view.getUint32(at, true) !== signatures.directory) throw new ZipProblem('the directory of the zip is damaged');
    if ((view.getUint16(at + 8, true) & 1) === 1) throw new ZipProblem('the zip is encrypted');
    const nameBytes = view.getUint16(at + 28, true);
    const entry: Entry = {
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameBytes)).replaceAll('\\', '/'),
      method: view.getUint16(at + 10, true),
      packedBytes: view.getUint32(at + 20, true),
      offset: view.getUint32(at + 42, true),
    };
    at += 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    return entry;
  });
}

function findEnd(view: DataView): number {
  const first = Math.max(0, view.byteLength - endRecordBytes - longestComment);
  for (let at = view.byteLength - endRecordBytes; at >= first; at -= 1) {
    if (view.getUint32(at, true) === signatures.end) return at;
  }
  throw new ZipProblem('the zip has no directory: it is cut off');
}

async function unpack(bytes: Uint8Array, { name, method, packedBytes, offset }: Entry, leftBytes: number): Promise<Uint8Array> {
  const view = viewOf(bytes);
  if (view.getUint32(offset, true) !== signatures.file) throw new ZipProblem('the zip is damaged');
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  const packed = bytes.subarray(start, start + packedBytes);
  if (packed.length < packedBytes) throw new ZipProblem('the zip is cut off');
  if (method === 0) {
    refuseOver(packed.length, leftBytes);
    return packed;
  }
  if (method !== 8) throw new ZipProblem(`${name} is packed in a way that is not known here (${method})`);
  return inflate(packed, leftBytes);
}

/** Stops at the limit: what the directory says about sizes is not believed. */
async function inflate(packed: Uint8Array, leftBytes: number): Promise<Uint8Array> {
  const stream = new Blob([Uint8Array.from(packed)]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of stream) {
      size += piece.length;
      refuseOver(size, leftBytes);
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof ZipProblem) throw error;
    throw new ZipProblem('a file in the zip is damaged', { cause: error });
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function refuseOver(size: number, leftBytes: number): void {
  if (size > leftBytes) throw new ZipProblem('what is in the zip is too large when it is unpacked');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
