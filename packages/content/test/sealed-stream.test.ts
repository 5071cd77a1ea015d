import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { newStreamKey, openSealedBytes, sealBytes } from '../src/index.ts';

const chunkBytes = 256 * 1024;
const sealedChunkBytes = chunkBytes + 16;
const headBytes = 40;

async function* pieces(bytes: Buffer, sizeBytes = 70_001): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += sizeBytes) yield bytes.subarray(start, start + sizeBytes);
}
const seal = (bytes: Buffer, key: Buffer): Promise<Buffer> => buffer(sealBytes(pieces(bytes), key));
const open = (sealed: Buffer, key: Buffer): Promise<Buffer> => buffer(openSealedBytes(pieces(sealed), key));
const damaged = { code: 'SEALED_STREAM_DAMAGED' };

describe('a sealed stream', () => {
  it.each([0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes])('of %i bytes gives them back', async (sizeBytes) => {
    const key = newStreamKey();
    const bytes = randomBytes(sizeBytes);

    const sealed = await seal(bytes, key);

    expect(sealed.includes(bytes.subarray(0, 16)) && sizeBytes >= 16).toBe(false);
    expect((await open(sealed, key)).equals(bytes)).toBe(true);
  });

  it('does not open with another key', async () => {
    const sealed = await seal(randomBytes(1000), newStreamKey());

    await expect(open(sealed, newStreamKey())).rejects.toMatchObject({
      ...damaged,
      message: 'What was kept cannot be opened: the key is another one, or its beginning was changed.',
    });
  });

  it('does not open when it was cut off, also between two chunks', async () => {
    const key = newStreamKey();
    const sealed = await seal(randomBytes(3 * chunkBytes), key);

    for (const end of [0, headBytes, headBytes + sealedChunkBytes, headBytes + 2 * sealedChunkBytes, sealed.length - 1]) {
      await expect(open(sealed.subarray(0, end), key)).rejects.toMatchObject(damaged);
    }
  });

  it('does not open when a bit was changed, or two chunks have changed places', async () => {
    const key = newStreamKey();
    const sealed = await seal(randomBytes(3 * chunkBytes), key);
    const flipped = Buffer.from(sealed);
    flipped.writeUInt8(flipped.readUInt8(400_000) ^ 1, 400_000);
    const [head, first, second] = [0, headBytes, headBytes + sealedChunkBytes].map((start, index) =>
      sealed.subarray(start, index === 0 ? headBytes : start + sealedChunkBytes),
    );
    const swapped = Buffer.concat(
      [head, second, first, sealed.subarray(headBytes + 2 * sealedChunkBytes)].map((part) => part ?? Buffer.alloc(0)),
    );

    await expect(open(flipped, key)).rejects.toMatchObject(damaged);
    await expect(open(swapped, key)).rejects.toMatchObject(damaged);
  });

  it('of the same bytes with the same key is another one each time', async () => {
    const key = newStreamKey();
    const bytes = randomBytes(100);

    expect((await seal(bytes, key)).equals(await seal(bytes, key))).toBe(false);
  });

  it('whose source fails has no end, so that it never opens as whole', async () => {
    const key = newStreamKey();
    const sent: Buffer[] = [];
    const failing = async function* (): AsyncGenerator<Buffer> {
      yield randomBytes(chunkBytes + 10);
      throw new Error('tar failed');
    };

    await expect(
      (async () => {
        for await (const part of sealBytes(failing(), key)) sent.push(part);
      })(),
    ).rejects.toThrow('tar failed');

    await expect(open(Buffer.concat(sent), key)).rejects.toMatchObject(damaged);
  });
});
