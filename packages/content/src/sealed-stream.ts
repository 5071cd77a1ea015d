/**
 * A stream of bytes sealed with a key: what leaves a computer is readable by who has the key, and a piece that was changed, moved or cut
 * off is noticed. The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over AES-256-GCM: the stream's own key comes from
 * the given key and 32 random bytes (HKDF-SHA-256), so that a key may seal many streams; each chunk's nonce is its number and whether it is
 * the last. Where keys come from is the caller's.
 *
 * The format: `OSTLER1\n`, the 32 random bytes, then chunks of 256 KiB, each followed by its tag of 16 bytes; the last one may be shorter.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { OstlerError } from '@ostler/contract';

const magic = Buffer.from('OSTLER1\n');
const saltBytes = 32;
const keyBytes = 32;
const tagBytes = 16;
const chunkBytes = 256 * 1024;
const cipherName = 'aes-256-gcm';
/** Bound into the stream's key: a key that is used for something else as well gives another one there. */
const purpose = 'ostler sealed stream 1';

/** A new key: 32 random bytes. */
export function newStreamKey(): Buffer {
  return randomBytes(keyBytes);
}

/** Seals what the source gives. Ends only after the source has ended: one that fails leaves a stream without its last chunk. */
export async function* sealBytes(source: AsyncIterable<Uint8Array>, key: Buffer): AsyncGenerator<Buffer, void, undefined> {
  const salt = randomBytes(saltBytes);
  const streamKey = deriveKey(key, salt);
  yield Buffer.concat([magic, salt]);
  let number = 0;
  for await (const { bytes, isLast } of inChunks(source, chunkBytes, chunkBytes)) {
    const cipher = createCipheriv(cipherName, streamKey, nonceOf(number, isLast));
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    number += 1;
  }
}

/** What was sealed, chunk by chunk, each verified before it is given. @throws OstlerError SEALED_STREAM_DAMAGED */
export async function* openSealedBytes(source: AsyncIterable<Uint8Array>, key: Buffer): AsyncGenerator<Buffer, void, undefined> {
  let streamKey: Buffer | null = null;
  let number = 0;
  for await (const { bytes, isLast } of inChunks(source, chunkBytes + tagBytes, magic.length + saltBytes)) {
    if (streamKey === null) {
      if (isLast || !bytes.subarray(0, magic.length).equals(magic)) throw damaged('it does not begin like one');
      streamKey = deriveKey(key, bytes.subarray(magic.length));
    } else {
      yield openChunk(bytes, streamKey, number, isLast);
      number += 1;
    }
  }
}

function openChunk(bytes: Buffer, streamKey: Buffer, number: number, isLast: boolean): Buffer {
  try {
    const decipher = createDecipheriv(cipherName, streamKey, nonceOf(number, isLast), { authTagLength: tagBytes });
    decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - tagBytes)), decipher.final()]);
  } catch (error) {
    const why = number === 0 ? 'the key is another one, or its beginning was changed' : `it was changed or cut off in chunk ${number}`;
    throw damaged(why, error);
  }
}

function damaged(problem: string, cause?: unknown): OstlerError {
  return new OstlerError('SEALED_STREAM_DAMAGED', { problem }, { cause });
}

function deriveKey(key: Buffer, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, purpose, keyBytes));
}

/** 12 bytes: the chunk's number in the middle, and 1 at the end of the last one. No two chunks of a stream have the same. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** The source's bytes in pieces of exactly this size; the last one is what is left, and there is always one. */
async function* inChunks(
  source: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  firstSizeBytes: number,
): AsyncGenerator<{ readonly bytes: Buffer; readonly isLast: boolean }, void, undefined> {
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  let wantedBytes = firstSizeBytes;
  for await (const piece of source) {
    gathered.push(piece);
    gatheredBytes += piece.length;
    // One more byte than wanted: only then is this piece not the last.
    if (gatheredBytes <= wantedBytes) continue;
    let all = Buffer.concat(gathered);
    while (all.length > wantedBytes) {
      yield { bytes: all.subarray(0, wantedBytes), isLast: false };
      all = all.subarray(wantedBytes);
      wantedBytes = sizeBytes;
    }
    gathered = [all];
    gatheredBytes = all.length;
  }
  yield { bytes: Buffer.concat(gathered), isLast: true };
}
