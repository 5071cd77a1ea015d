/** Content that the client fetches before a run needs it: over power cuts, damaged files and full disks; and the run that takes it from the disk. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ReportPreDownloads } from '@ostler/contract';
import { run } from '@ostler/imaging/run';
import { describe, expect, test } from 'vitest';
import { PreDownload, nothingWanted, type Order, type PreDownloadWorld } from '../src/client/pre-download.ts';
import { cacheFolderName, ContentCache } from '../src/content-cache.ts';
import { aFolder } from './builders.ts';
import { aStep, runSteps, testSignal } from './run-of-steps.ts';

const piece = Buffer.concat([Buffer.from('#!/bin/sh\n'), randomBytes(3_000_000)]);
const small = Buffer.from('#!/bin/sh\ntrue\n');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const refOf = (bytes: Buffer) => ({ sha256: sha256(bytes), sizeBytes: bytes.length });

function anOrder(
  contents: readonly Buffer[],
  changes: Partial<Order['preDownloads'][number]> & { readonly limitBytes?: number } = {},
): Order {
  const { limitBytes = 10_000_000, ...others } = changes;
  const common = { deploymentId: 'deployment-1', contentHash: sha256(Buffer.concat(contents)), fetch: true, startWithinSeconds: 0 };
  return { preDownloads: [{ ...common, content: contents.map(refOf), ...others }], cacheLimitBytes: limitBytes };
}

/** A site that has the pieces. `cutAfterBytes`: each answer ends there, as if the power had gone. */
async function aClient(folder: string, changes: Partial<PreDownloadWorld> = {}) {
  const contents = new Map([piece, small].map((bytes) => [sha256(bytes), bytes]));
  const site = { cutAfterBytes: Number.POSITIVE_INFINITY, asked: [] as { readonly from: number; readonly key: string | undefined }[] };
  const server = createServer((request, response) => {
    const bytes = contents.get(request.url?.slice(1) ?? '') ?? small;
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    site.asked.push({ from, key: request.headers.authorization });
    const range = from === 0 ? {} : { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(from === 0 ? 200 : 206, { 'content-length': bytes.length - from, ...range });
    if (site.cutAfterBytes >= bytes.length) response.end(bytes.subarray(from));
    else response.write(bytes.subarray(from, site.cutAfterBytes));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reports: ReportPreDownloads['preDownloads'][] = [];
  const call = async (name: string, { params, body }: { params?: { sha256: string }; body?: ReportPreDownloads }) => {
    if (name === 'preDownload.sources') return { sources: [{ name: 'the site', url: `${url}/${params?.sha256 ?? ''}`, token: null }] };
    reports.push(body?.preDownloads ?? []);
    return { ok: true };
  };
  const cache = new ContentCache(join(folder, cacheFolderName));
  const world: PreDownloadWorld = {
    cache,
    // Safe: the two routes that are called have these answers.
    link: { key: 'client-key', call } as unknown as PreDownloadWorld['link'],
    fetch: globalThis.fetch,
    policy: { stallTimeoutMs: 20_000, firstDelayMs: 5, longestDelayMs: 20 },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    reserveBytes: 0,
    random: () => 1,
    ...changes,
  };
  return {
    site,
    cache,
    reports,
    /** Another life of the client, as after a restart. */
    begin: () => new PreDownload(world),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** Asks until it is so. */
async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  await expect.poll(isSo, { timeout: 20_000, interval: 5 }).toBe(true);
}

describe('the client', () => {
  test('fetches what is wanted with its own key, tells the site, and removes what nobody wants any more', async () => {
    await using folder = await aFolder();
    await using client = await aClient(folder.path);
    const preDownload = client.begin();

    await preDownload.want(anOrder([piece, small]), testSignal);
    await until(() => client.reports.at(-1)?.[0]?.receivedBytes === piece.length + small.length);
    const files = (await readdir(client.cache.folder)).toSorted();
    await preDownload.want(anOrder([small]), testSignal);
    await until(async () => (await readdir(client.cache.folder)).length === 1);
    await preDownload.want(nothingWanted, testSignal);
    await until(async () => (await readdir(client.cache.folder)).length === 0);

    expect(files).toEqual([sha256(piece), sha256(small)].toSorted());
    expect(new Set(client.site.asked.map(({ key }) => key))).toEqual(new Set(['Bearer client-key']));
    expect(client.site.asked).toHaveLength(2);
    expect(client.reports.at(-1)).toEqual([]);
    expect((await stat(client.cache.folder)).mode & 0o777).toBe(0o700);
  });

  test('goes on after a power cut where it was, and begins again where the disk has lost what came', async () => {
    await using folder = await aFolder();
    await using client = await aClient(folder.path);
    client.site.cutAfterBytes = 2_000_000;
    const partial = `${client.cache.pathOf(refOf(piece))}.partial`;
    const arrived = async () => (await stat(partial).catch(() => ({ size: 0 }))).size >= 1 << 20;
    const cut = client.begin();
    await cut.want(anOrder([piece]), testSignal);
    await until(arrived);
    await cut.stop();
    const keptBytes = (await stat(partial)).size;

    client.site.cutAfterBytes = Number.POSITIVE_INFINITY;
    await client.begin().want(anOrder([piece], { startWithinSeconds: 1000 }), testSignal);
    await until(() => client.cache.has(refOf(piece)));

    expect(client.site.asked.map(({ from }) => from)).toEqual([0, keptBytes]);
    expect(await readFile(client.cache.pathOf(refOf(piece)))).toEqual(piece);

    await client.cache.remove(refOf(piece));
    await writeFile(partial, Buffer.alloc(1_000_000));
    await client.begin().want(anOrder([piece]), testSignal);
    await until(() => client.cache.has(refOf(piece)));
    expect(await readFile(client.cache.pathOf(refOf(piece)))).toEqual(piece);
  });

  test('fetches again what was cut short on the disk after it was whole', async () => {
    await using folder = await aFolder();
    await using client = await aClient(folder.path);
    await client.begin().want(anOrder([small]), testSignal);
    await until(() => client.cache.has(refOf(small)));
    await truncate(client.cache.pathOf(refOf(small)), 3);

    await client.begin().want(anOrder([small]), testSignal);

    await until(() => client.cache.has(refOf(small)));
    expect(await readFile(client.cache.pathOf(refOf(small)))).toEqual(small);
  });

  test('keeps to the limit, takes what still fits, and says what does not', async () => {
    await using folder = await aFolder();
    await using client = await aClient(folder.path);

    await client.begin().want(anOrder([piece, small], { limitBytes: 2_000_000 }), testSignal);

    await until(() => client.reports.at(-1)?.[0]?.receivedBytes === small.length);
    expect(client.reports.at(-1)?.[0]?.problem).toContain('does not fit into the 1.9 MiB');
    expect(await readdir(client.cache.folder)).toEqual([sha256(small)]);
  });

  test('leaves the disk its reserve', async () => {
    await using folder = await aFolder();
    await using client = await aClient(folder.path, { reserveBytes: Number.MAX_SAFE_INTEGER });

    await client.begin().want(anOrder([small]), testSignal);

    await until(() => client.reports.at(-1)?.[0]?.problem !== null);
    expect(client.reports.at(-1)?.[0]).toMatchObject({ receivedBytes: 0, problem: expect.stringContaining('not enough space') as string });
    expect([client.site.asked, await readdir(client.cache.folder)]).toEqual([[], []]);
  });

  test.skipIf(process.getuid?.() !== 0)('leaves nothing on a disk that others fill meanwhile (needs root)', async () => {
    await using folder = await aFolder();
    const disk = join(folder.path, 'disk');
    await mkdir(disk);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=5m', 'tmpfs', disk], { signal: testSignal });
    await using client = await aClient(disk);
    client.site.cutAfterBytes = 1_500_000;
    const preDownload = client.begin();
    await preDownload.want(anOrder([piece]), testSignal);
    await until(async () => (await client.cache.receivedBytes(refOf(piece))) >= 1 << 20);
    await preDownload.stop();
    client.site.cutAfterBytes = Number.POSITIVE_INFINITY;

    await appendFile(join(disk, 'others'), Buffer.alloc(3_000_000));
    await preDownload.want(anOrder([piece]), testSignal);

    await until(() => client.reports.at(-1)?.[0]?.problem !== null);
    await until(async () => (await readdir(client.cache.folder)).length === 0);
  });

  test('begins at a moment of its own, waits while the deployment is paused, and keeps what it has', async () => {
    await using folder = await aFolder();
    let draws = 0;
    await using client = await aClient(folder.path, { random: () => (draws += 1) });
    const preDownload = client.begin();
    await preDownload.want(anOrder([small], { startWithinSeconds: 3600 }), testSignal);
    await until(() => draws === 1);
    expect(client.site.asked).toEqual([]);

    await preDownload.want(anOrder([small], { startWithinSeconds: 3599 }), testSignal);
    await preDownload.stop();
    await client.begin().want(anOrder([small]), testSignal);
    await until(() => client.cache.has(refOf(small)));
    await client.begin().want(anOrder([small], { fetch: false }), testSignal);
    await client.begin().want(anOrder([small, piece], { fetch: false }), testSignal);

    expect(draws).toBe(2);
    expect([client.site.asked.length, await readdir(client.cache.folder)]).toEqual([1, [sha256(small)]]);
  });
});

describe('a run', () => {
  const aPackage = { id: 'package-1', kind: 'script' as const, fileName: 'setup.sh', bytes: piece };
  const step = (folder: string) =>
    aStep('download-package-content', { packageIds: ['package-1'], destination: { kind: 'path', path: folder } });

  /** What the step's end says of where its content came from, and how often the site sent it. */
  async function download(prepare: (cache: ContentCache) => Promise<void>) {
    await using folder = await aFolder();
    const cache = new ContentCache(join(folder.path, 'state', cacheFolderName));
    await cache.prepare();
    await prepare(cache);
    await using ran = await runSteps([step(join(folder.path, 'files'))], { packages: [aPackage], folder: folder.path });
    expect(await readFile(join(folder.path, 'files/package-1/setup.sh'))).toEqual(piece);
    const from = ran.site.messages.find(({ kind }) => kind === 'step-succeeded')?.facts['contentFrom'];
    return { from, isCached: await cache.has(refOf(piece)), sameFile: (await stat(cache.pathOf(refOf(piece))).catch(() => null))?.nlink };
  }

  test('takes what was fetched before without a byte from the network, and it stays for another try', async () => {
    const done = await download((cache) => writeFile(cache.pathOf(refOf(piece)), piece));

    expect(done).toEqual({ from: 'this computer 2.9 MiB', isCached: true, sameFile: 2 });
  });

  test('throws away what the disk has damaged, and fetches it', async () => {
    const damaged = Buffer.from(piece);
    damaged[1000] = (damaged[1000] ?? 0) ^ 1;

    const done = await download((cache) => writeFile(cache.pathOf(refOf(piece)), damaged));

    expect(done).toMatchObject({ from: 'the site 2.9 MiB', isCached: false });
  });

  test('goes on with what was fetched in part', async () => {
    const done = await download((cache) => writeFile(`${cache.pathOf(refOf(piece))}.partial`, piece.subarray(0, 2_000_000)));

    expect(done.from).toBe('the site 976.6 KiB');
  });
});
