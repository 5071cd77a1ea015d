import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { describe, expect, it } from 'vitest';
import { contentParts, inPieces } from '../../test/content-parts.ts';
import { databases } from '../../test/databases.ts';

const bytes = randomBytes(500_000);
const owner = 'administrators';
const signal = AbortSignal.timeout(60_000);

describe.each(databases)('an upload on $dialect', ({ open }) => {
  it('goes on where its connection broke, and tells the right offset to who is wrong', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const { uploads } = parts;
    const { id } = await uploads.create(owner, 'image.wim', bytes.length);

    const afterCut = await uploads.append({ id, owner, offset: 0, body: cutAfter(200_000) });
    expect(afterCut).toBe(200_000);
    await expect(uploads.append({ id, owner, offset: 100, body: inPieces(bytes) })).rejects.toMatchObject({
      code: 'UPLOAD_OFFSET_WRONG',
      details: { expected: 200_000, given: 100 },
    });
    await expect(uploads.finished(owner, id)).rejects.toMatchObject({ code: 'UPLOAD_INCOMPLETE' });
    expect(await uploads.append({ id, owner, offset: 200_000, body: inPieces(bytes.subarray(200_000)) })).toBe(bytes.length);

    const { path, fileName } = await uploads.finished(owner, id);
    expect(fileName).toBe('image.wim');
    expect(await readFile(path)).toEqual(bytes);
  });

  it('is its owner’s alone', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const { id } = await parts.uploads.create('device-1', 'capture.wim', 10);

    await expect(parts.uploads.get('device-2', id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await parts.uploads.get('device-1', id)).toMatchObject({ receivedBytes: 0, sizeBytes: 10 });
  });

  it('takes no more than was announced', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const { id } = await parts.uploads.create(owner, 'small', 1000);

    await expect(parts.uploads.append({ id, owner, offset: 0, body: inPieces(bytes) })).rejects.toMatchObject({ code: 'UPLOAD_TOO_LONG' });
  });

  it('lets a client that is back take the place of its own dead connection', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const { uploads } = parts;
    const { id } = await uploads.create(owner, 'image.wim', bytes.length);
    const hanging = Promise.withResolvers<void>();
    const dead = uploads.append({ id, owner, offset: 0, body: hangAfter(100_000, hanging.promise) });
    await until(async () => (await uploads.get(owner, id)).receivedBytes === 100_000);

    const back = uploads.append({ id, owner, offset: 100_000, body: inPieces(bytes.subarray(100_000)) });

    expect(await back).toBe(bytes.length);
    expect(await dead).toBe(100_000);
    hanging.resolve();
  });

  it('that fills the disk gives its room back, says what is needed, and may begin again', async (context) => {
    if (process.getuid?.() !== 0) context.skip('mounting a small file system needs root');
    await using test = await open();
    await using parts = await contentParts(test.database);
    const small = join(parts.folder, 'uploads');
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small], { signal });
    try {
      const { id } = await parts.uploads.create(owner, 'image.wim', bytes.length);
      await writeFile(join(small, 'somebody-elses'), randomBytes(700_000));

      const append = () => parts.uploads.append({ id, owner, offset: 0, body: inPieces(bytes) });

      await expect(append()).rejects.toMatchObject({ code: 'CONTENT_DISK_FULL', details: { neededBytes: bytes.length } });
      expect(await parts.uploads.get(owner, id)).toMatchObject({ receivedBytes: 0 });
      await rm(join(small, 'somebody-elses'));
      expect(await append()).toBe(bytes.length);
    } finally {
      await run('umount', [small], { signal });
    }
  });

  it('that is abandoned is removed after its time', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const { uploads, clock } = parts;
    const { id } = await uploads.create(owner, 'image.wim', bytes.length);
    await uploads.append({ id, owner, offset: 0, body: inPieces(bytes) });
    const { path } = await uploads.finished(owner, id);

    clock.nowMs += 1000;
    expect(await uploads.removeAbandoned(2000)).toBe(0);
    clock.nowMs += 5000;
    expect(await uploads.removeAbandoned(2000)).toBe(1);
    expect(existsSync(path)).toBe(false);
  });
});

async function* cutAfter(count: number): AsyncGenerator<Buffer> {
  yield bytes.subarray(0, count);
  throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
}

async function* hangAfter(count: number, forever: Promise<void>): AsyncGenerator<Buffer> {
  yield bytes.subarray(0, count);
  await forever;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}
