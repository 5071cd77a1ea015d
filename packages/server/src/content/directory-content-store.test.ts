import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadContent, defaultTransferPolicy } from '@ostler/content';
import { run } from '@ostler/imaging/run';
import { describe, expect, it } from 'vitest';
import { aJob, contentParts, type TestParts } from '../../test/content-parts.ts';
import { databases } from '../../test/databases.ts';
import { createContentStore } from './directory-content-store.ts';
import { verifyContent } from './verify-content.ts';

const hourMs = 3_600_000;
const signal = AbortSignal.timeout(60_000);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function aFile({ folder }: TestParts, bytes: Buffer): Promise<string> {
  const path = join(folder, `source-${sha256(bytes).slice(0, 8)}`);
  await writeFile(path, bytes);
  return path;
}

describe.each(databases)('content on $dialect', ({ open: openDatabase }) => {
  it('is kept under its hash, read-only, and told of once however often it is added', async () => {
    await using test = await openDatabase();
    await using parts = await contentParts(test.database);
    const bytes = randomBytes(2_500_000);
    const path = await aFile(parts, bytes);

    const ref = await parts.content.addFile(path, { signal });
    const again = await parts.content.takeFile(path, { signal });

    const stored = await parts.content.pathOf(ref.sha256);
    expect(ref).toEqual({ sha256: sha256(bytes), sizeBytes: bytes.length });
    expect(again).toEqual(ref);
    expect(await readFile(stored)).toEqual(bytes);
    expect((await stat(stored)).mode & 0o777).toBe(0o444);
    expect(existsSync(path)).toBe(false);
    expect(await parts.content.list()).toHaveLength(1);
    expect(await readdir(join(parts.folder, 'incoming'))).toEqual([]);
  });

  it('stays while something refers to it and goes when the grace time after the last is over', async () => {
    await using test = await openDatabase();
    await using parts = await contentParts(test.database);
    const { content, clock } = parts;
    const ref = await content.addFile(await aFile(parts, randomBytes(1000)), { signal });
    await content.refer({ kind: 'image', id: 'image-1' }, ref.sha256);
    await content.refer({ kind: 'package-version', id: 'version-1' }, ref.sha256);
    const path = await content.pathOf(ref.sha256);

    await content.release({ kind: 'image', id: 'image-1' });
    clock.nowMs += 1000 * hourMs;
    expect(await content.collect(24 * hourMs)).toEqual({ deleted: 0, freedBytes: 0 });
    await content.release({ kind: 'package-version', id: 'version-1' });
    clock.nowMs += 23 * hourMs;
    expect(await content.collect(24 * hourMs)).toEqual({ deleted: 0, freedBytes: 0 });
    clock.nowMs += 2 * hourMs;
    expect(await content.collect(24 * hourMs)).toEqual({ deleted: 1, freedBytes: 1000 });

    expect(existsSync(path)).toBe(false);
    await expect(content.pathOf(ref.sha256)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
  });

  it('that has just been stored is not collected before it can be referred to', async () => {
    await using test = await openDatabase();
    await using parts = await contentParts(test.database);
    const ref = await parts.content.addFile(await aFile(parts, randomBytes(1000)), { signal });

    expect(await parts.content.collect(0)).toEqual({ deleted: 0, freedBytes: 0 });
    expect(await parts.content.has(ref.sha256)).toBe(true);
  });

  it('is verified: one flipped bit, a cut file and a missing one are found, with who uses them', async () => {
    await using test = await openDatabase();
    await using parts = await contentParts(test.database);
    const { content } = parts;
    const [flipped, cut, missing] = [randomBytes(300_000), randomBytes(200_000), randomBytes(100_000)] as const;
    for (const bytes of [flipped, cut, missing, randomBytes(50_000)]) await content.addFile(await aFile(parts, bytes), { signal });
    await content.refer({ kind: 'image', id: 'image-1' }, sha256(flipped));
    await flipBit(await content.pathOf(sha256(flipped)), 123_456);
    await chmod(await content.pathOf(sha256(cut)), 0o644);
    await truncate(await content.pathOf(sha256(cut)), 1000);
    await rm(await content.pathOf(sha256(missing)));

    const result = await verifyContent({ store: content, nameOf: ({ id }) => Promise.resolve(`image named ${id}`) }, aJob());

    const defects = Object.fromEntries(result.defects.map((defect) => [defect.sha256, defect]));
    expect(result.verified).toBe(4);
    expect(result.defects).toHaveLength(3);
    expect(defects[sha256(flipped)]).toMatchObject({ problem: 'wrong-hash', usedBy: ['image named image-1'] });
    expect(defects[sha256(cut)]).toMatchObject({ problem: 'wrong-size', actual: '1000 bytes' });
    expect(defects[sha256(missing)]).toMatchObject({ problem: 'missing' });
  });

  it('that is damaged is mended by adding it again', async () => {
    await using test = await openDatabase();
    await using parts = await contentParts(test.database);
    const bytes = randomBytes(10_000);
    const path = await aFile(parts, bytes);
    const ref = await parts.content.addFile(path, { signal });
    await flipBit(await parts.content.pathOf(ref.sha256), 77);

    await parts.content.addFile(path, { signal });

    expect(sha256(await readFile(await parts.content.pathOf(ref.sha256)))).toBe(ref.sha256);
  });

  it('does not fit: the sentence says what is needed and free, and nothing is half-stored', async (context) => {
    if (process.getuid?.() !== 0) context.skip('mounting a small file system needs root');
    await using test = await openDatabase();
    await using parts = await contentParts(test.database);
    const path = await aFile(parts, randomBytes(3_000_000));
    const small = join(parts.folder, 'small');
    await mkdir(small);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', small], { signal });
    try {
      const store = createContentStore({ database: test.database, directory: small, incoming: small, now: () => 0 });
      const tooSmall = { code: 'CONTENT_DISK_FULL', details: { neededBytes: 3_000_000, freeBytes: 2 * 1024 * 1024 } };
      await expect(store.addFile(path, { signal })).rejects.toMatchObject(tooSmall);

      await run('mount', ['-o', 'remount,size=4m', small], { signal });
      // Each alone would fit, so the space is asked for before the first byte and runs out in the middle.
      const others = await Promise.all([1, 2].map(() => aFile(parts, randomBytes(3_000_000))));
      const results = await Promise.allSettled([path, ...others].map((each) => store.addFile(each, { signal })));

      const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown);
      expect(failures.length).toBeGreaterThanOrEqual(2);
      for (const failure of failures) expect(failure).toMatchObject({ code: 'CONTENT_DISK_FULL' });
      expect(await store.list()).toHaveLength(3 - failures.length);
      const left = (await readdir(small, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
      expect(left).toHaveLength(3 - failures.length);
    } finally {
      await run('umount', [small], { signal });
    }
  });
});

describe('a download to a disk that is too small', () => {
  it('says how much is needed and free before it asks for the first byte', async (context) => {
    if (process.getuid?.() !== 0) context.skip('mounting a small file system needs root');
    await using test = await databases[0]!.open();
    await using parts = await contentParts(test.database);
    const small = join(parts.folder, 'small');
    await mkdir(small);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small], { signal });
    let asked = 0;
    try {
      const download = downloadContent({
        sources: [{ name: 'the site', url: 'http://127.0.0.1:1/', headers: {} }],
        ref: { sha256: '0'.repeat(64), sizeBytes: 5_000_000 },
        destination: join(small, 'file'),
        fetch: () => {
          asked += 1;
          return Promise.reject(new Error('not to be called'));
        },
        policy: defaultTransferPolicy,
        signal,
        report: () => undefined,
      });
      await expect(download).rejects.toMatchObject({
        code: 'CONTENT_DISK_FULL',
        details: { neededBytes: 5_000_000, freeBytes: 1024 * 1024 },
      });
      expect(asked).toBe(0);
    } finally {
      await run('umount', [small], { signal });
    }
  });
});

async function flipBit(path: string, position: number): Promise<void> {
  await chmod(path, 0o644);
  await using file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, position);
  byte[0] = byte[0]! ^ 0x10;
  await file.write(byte, 0, 1, position);
}
