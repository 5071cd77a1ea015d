import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { downloadContent, type DownloadRequest } from '../src/index.ts';
import { startFaultyServer, type FaultyServer } from './faulty-server.ts';

const content = randomBytes(3_000_000);
const ref = { sha256: sha256(content), sizeBytes: content.length };
let folder: string;
let server: FaultyServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ostler-download-'));
  server = await startFaultyServer(content);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function aRequest(changes: Partial<DownloadRequest> = {}): DownloadRequest {
  return {
    sources: [{ name: 'the site', url: server.url, headers: {} }],
    ref,
    destination: join(folder, 'file'),
    fetch,
    policy: { stallTimeoutMs: 300, firstDelayMs: 10, longestDelayMs: 50 },
    signal: AbortSignal.timeout(20_000),
    report: () => undefined,
    ...changes,
  };
}

describe('a download', () => {
  test('brings the file and says how far it is', async () => {
    const done: number[] = [];

    await downloadContent(aRequest({ report: (progress) => done.push(progress.doneBytes) }));

    expect(sha256(await readFile(join(folder, 'file')))).toBe(ref.sha256);
    expect(done.at(-1)).toBe(content.length);
    expect(existsSync(join(folder, 'file.partial'))).toBe(false);
  });

  test('goes on where the connection was cut, asking for the rest only', async () => {
    server.faults.cutAfterBytes = [1_000_000, 500_000];

    await downloadContent(aRequest());

    expect(sha256(await readFile(join(folder, 'file')))).toBe(ref.sha256);
    expect(server.requests[0]?.range).toBeUndefined();
    const resumed = server.requests.slice(1).map((request) => Number(/\d+/.exec(request.range ?? '')?.[0]));
    expect(resumed).toHaveLength(2);
    expect(resumed[0]).toBeGreaterThan(0);
    expect(resumed[1]).toBeGreaterThan(resumed[0]!);
    expect(server.requests[1]?.ifRange).toBe('"first"');
  });

  test('survives a restart of the server', async () => {
    server.faults.cutAfterBytes = [1_000_000];

    const download = downloadContent(aRequest());
    await server.restart(200);
    await download;

    expect(sha256(await readFile(join(folder, 'file')))).toBe(ref.sha256);
  });

  test('connects anew when no byte comes, and says what it waits for', async () => {
    server.faults.stallAfterBytes = 700_000;
    const waits: (string | null)[] = [];

    await downloadContent(aRequest({ report: (progress) => waits.push(progress.waitingFor) }));

    expect(sha256(await readFile(join(folder, 'file')))).toBe(ref.sha256);
    expect(waits.join('\n')).toContain('no byte for 0.3 seconds');
  });

  test('starts over when a source has another version or does not know ranges', async () => {
    server.faults.cutAfterBytes = [1_000_000];
    server.faults.ignoreRanges = true;

    await downloadContent(aRequest());

    expect(sha256(await readFile(join(folder, 'file')))).toBe(ref.sha256);
  });

  test('tries again after answers that are about the moment', async () => {
    server.faults.statuses = [503, 429, 500];

    await downloadContent(aRequest());

    expect(server.requests).toHaveLength(4);
  });

  test('uses what an earlier, killed download has left', async () => {
    await writeFile(join(folder, 'file.partial'), content.subarray(0, 2_000_000));

    await downloadContent(aRequest());

    expect(server.requests).toEqual([{ range: 'bytes=2000000-', ifRange: undefined }]);
  });

  test('mends a damaged left-over by fetching the whole again', async () => {
    await writeFile(join(folder, 'file.partial'), randomBytes(2_000_000));

    await downloadContent(aRequest());

    expect(sha256(await readFile(join(folder, 'file')))).toBe(ref.sha256);
    expect(server.requests.map((request) => request.range)).toEqual(['bytes=2000000-', undefined]);
  });

  test('of nothing is an empty file', async () => {
    await downloadContent(aRequest({ ref: { sha256: sha256(Buffer.alloc(0)), sizeBytes: 0 } }));

    expect(await readFile(join(folder, 'file'))).toHaveLength(0);
  });
});

describe('a download from several sources', () => {
  const sourcesOf = (...servers: readonly FaultyServer[]) =>
    servers.map(({ url }, index) => ({ name: `source ${index}`, url, headers: {} }));

  test('goes on at the next source where one dies in the middle, without a wait and without a byte twice', async () => {
    await using dying = await startFaultyServer(content);
    dying.faults.cutAfterBytes = [1_000_000];
    const policy = { stallTimeoutMs: 300, firstDelayMs: 60_000, longestDelayMs: 60_000 };

    const { from, liars } = await downloadContent(aRequest({ sources: sourcesOf(dying, server), policy }));

    expect(sha256(await readFile(join(folder, 'file')))).toBe(ref.sha256);
    expect(from.map(({ name }) => name)).toEqual(['source 0', 'source 1']);
    expect(from.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(content.length);
    expect(server.requests[0]?.range).toMatch(/^bytes=[1-9]\d+-$/);
    expect(liars).toEqual([]);
  });

  test('comes back to the first when every one of them was away for a moment', async () => {
    await using other = await startFaultyServer(content);
    server.faults.statuses = [503];
    other.faults.statuses = [503];

    const { from } = await downloadContent(aRequest({ sources: sourcesOf(server, other) }));

    expect(from).toEqual([{ name: 'source 0', bytes: content.length }]);
    expect([server.requests.length, other.requests.length]).toEqual([2, 1]);
  });

  test('finds out who sent the wrong byte, also where both had a part in the file', async () => {
    const wrong = Buffer.from(content);
    wrong[10] = (wrong[10] ?? 0) ^ 1;
    await using liar = await startFaultyServer(wrong);
    liar.faults.cutAfterBytes = [1_000_000];

    const { from, liars } = await downloadContent(aRequest({ sources: sourcesOf(liar, server) }));

    expect(sha256(await readFile(join(folder, 'file')))).toBe(ref.sha256);
    expect(from).toEqual([{ name: 'source 1', bytes: content.length }]);
    expect(liars).toEqual([]);

    await downloadContent(aRequest({ sources: sourcesOf(liar, server), destination: join(folder, 'again') })).then((delivery) => {
      expect(delivery.liars).toMatchObject([{ name: 'source 0', actualSha256: sha256(wrong) }]);
    });
  });
});

describe('a download that cannot be', () => {
  test('names source, expected and actual hash after the second wrong hash, and leaves no file', async () => {
    const other = randomBytes(content.length);
    server.faults.content = other;

    const thrown: unknown = await downloadContent(aRequest()).catch((error: unknown) => error);

    expect(thrown).toMatchObject({
      code: 'CONTENT_HASH_MISMATCH',
      details: { source: server.url, expected: ref.sha256, actual: sha256(other) },
    });
    expect(server.requests).toHaveLength(2);
    expect(existsSync(join(folder, 'file'))).toBe(false);
  });

  test('from one source succeeds from the next', async () => {
    await using liar = await startFaultyServer(randomBytes(content.length));
    await using empty = await startFaultyServer(content);
    empty.faults.statuses = [404];
    const sources = [empty, liar, server].map(({ url }, index) => ({ name: `source ${index}`, url, headers: {} }));

    const { from, liars } = await downloadContent(aRequest({ sources }));

    expect(sha256(await readFile(join(folder, 'file')))).toBe(ref.sha256);
    expect(liar.requests).toHaveLength(1);
    expect(from).toEqual([{ name: 'source 2', bytes: content.length }]);
    expect(liars).toMatchObject([{ name: 'source 1', url: liar.url }]);
  });

  test('says what each source answered', async () => {
    server.faults.statuses = [404];

    const thrown: unknown = await downloadContent(aRequest()).catch((error: unknown) => error);

    expect(thrown).toMatchObject({ code: 'CONTENT_UNAVAILABLE' });
    expect(String(thrown)).toContain(`${server.url} answered with status 404`);
  });

  test('ends with the caller’s signal while the server is away', async () => {
    await server[Symbol.asyncDispose]();

    await expect(downloadContent(aRequest({ signal: AbortSignal.timeout(200) }))).rejects.toThrow('timeout');
    server = await startFaultyServer(content);
  });
});
