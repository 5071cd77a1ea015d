/** The version that a Windows program carries in its resources (VS_FIXEDFILEINFO, in winver.h). */
import { open, type FileHandle } from 'node:fs/promises';

/** The name before the structure, in UTF-16, and the signature at its beginning. */
const name = Buffer.from('VS_VERSION_INFO\0', 'utf16le');
const signature = Buffer.from([0xbd, 0x04, 0xef, 0xfe]);
const pieceBytes = 1024 * 1024;
/** From the name to the end of both version numbers: the structure is aligned to four bytes. */
const structureBytes = name.length + 4 + 16;

/** `10.0.22621.1`; null for what is no Windows program, or one without a version. */
export async function programVersion(path: string): Promise<string | null> {
  await using file = await open(path, 'r');
  const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer.toString('latin1') === 'MZ' ? await search(file) : null;
}

/** Piece by piece, each with the end of the one before it, so that no structure falls between two. */
async function search(file: FileHandle): Promise<string | null> {
  const buffer = Buffer.alloc(pieceBytes + structureBytes);
  for (let at = 0; ; at += pieceBytes) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    const version = versionIn(buffer.subarray(0, bytesRead));
    if (version !== null || bytesRead < buffer.length) return version;
  }
}

function versionIn(piece: Buffer): string | null {
  for (let at = piece.indexOf(name); at !== -1; at = piece.indexOf(name, at + 1)) {
    const start = piece.indexOf(signature, at + name.length);
    if (start === -1 || start > at + name.length + 4 || start + 16 > piece.length) continue;
    const [high, low] = [piece.readUInt32LE(start + 8), piece.readUInt32LE(start + 12)];
    return [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff].join('.');
  }
  return null;
}
