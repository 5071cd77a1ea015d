import { randomBytes } from 'node:crypto';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setDefaultCACertificates } from 'node:tls';
import { createClient, type Client, type DistributionPoint, type EnrolmentTicket } from '@ostler/contract';
import { run } from '@ostler/imaging/run';
import { freePort, temporaryDirectory } from '@ostler/testkit';
import { describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../test/databases.ts';
import { runApp, type RunningApp } from '../../test/running-app.ts';
import { contentPath } from '../content/content-path.ts';
import { openContentTokenSigner } from '../distribution-points/content-token.ts';
import { runPointCommand } from './command.ts';
import { KeptContent } from './kept-content.ts';
import { pointDirectoryAt } from './point-directory.ts';
import { PointSettings } from './settings.ts';
import { startPoint, type Point } from './start-point.ts';
import { createTalk } from './talk-to-site.ts';

const signal = AbortSignal.timeout(300_000);
const bytes = randomBytes(300_000);
const fetchTrusting = () => fetch;

interface Stage extends AsyncDisposable {
  readonly site: RunningApp;
  readonly client: Client;
  readonly folder: string;
  readonly ticket: EnrolmentTicket;
  readonly sha256: string;
  start(changes?: object): Promise<Point>;
  find(): Promise<DistributionPoint>;
  /** Asks the distribution point for the content. */
  ask(token: string, range?: string): Promise<Response>;
  tokenFor(changes?: { point?: string; sha256?: string; expiresAtMs?: number }): Promise<string>;
}

/** A site with one package, and a distribution point that has not been started. */
async function aStage(settings: object = {}, ...siteFlags: readonly string[]): Promise<Stage> {
  await using cleanUp = new AsyncDisposableStack();
  const site = cleanUp.use(await runApp(...siteFlags));
  const { path: folder } = cleanUp.use(await temporaryDirectory());
  setDefaultCACertificates([site.app.site.caPem]);
  const client = createClient({ serverUrl: site.app.site.serverUrl(), token: await site.signIn(), fetch });
  const sha256 = await addPackage(client, 'Tools', bytes);
  const url = `https://127.0.0.1:${await freePort()}`;
  const { id } = await client.call(
    'distributionPoints.create',
    { body: { name: 'Berlin', url, spaceReserveBytes: 0, ...settings } },
    signal,
  );
  const ticket = await client.call('distributionPoints.ticket', { params: { id } }, signal);
  await writeFile(join(folder, 'ticket'), JSON.stringify(ticket));
  const signer = await openContentTokenSigner(join(site.app.site.data.certificates, 'content-token.key'));
  const running = cleanUp.move();
  return {
    site,
    client,
    folder,
    ticket,
    sha256,
    start: (changes = {}) => {
      const given = PointSettings.parse({
        dataDirectory: join(folder, 'point'),
        ticketFile: join(folder, 'ticket'),
        metricsToken: 'm'.repeat(16),
        ...changes,
      });
      return startPoint({ settings: given, log: silentLog, now: Date.now, fetchTrusting, talkEveryMs: 300 });
    },
    find: () => client.call('distributionPoints.get', { params: { id } }, signal),
    ask: (token, range) =>
      fetch(`${url}/content/${sha256}`, {
        headers: { authorization: `Bearer ${token}`, ...(range === undefined ? {} : { range }) },
        signal,
      }),
    tokenFor: (changes) => Promise.resolve(signer.sign({ point: id, sha256, expiresAtMs: Date.now() + 60_000, ...changes })),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A CA that OpenSSL makes, as a company has one, with an intermediate that signs. */
async function anAuthority(folder: string) {
  const at = (name: string): string => join(folder, name);
  const openssl = (...words: string[]) => run('openssl', words, { signal });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const isCa = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'];
  await openssl('req', '-x509', ...newKey, '-subj', '/CN=Root', '-days', '30', '-keyout', at('ca.key'), '-out', at('ca.pem'));
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key')];
  const middle = ['-keyout', at('middle.key'), '-out', at('middle.pem')];
  await openssl('req', '-x509', ...newKey, ...signed, ...isCa, '-subj', '/CN=Middle', '-days', '20', ...middle);
  return {
    caFile: at('ca.pem'),
    /** A certificate with its chain. @param name as OpenSSL writes a subjectAltName */
    certify: async (file: string, name: string) => {
      const [certificateFile, keyFile] = [at(`${file}.pem`), at(`${file}.key`)];
      const byMiddle = ['-CA', at('middle.pem'), '-CAkey', at('middle.key'), '-addext', 'basicConstraints=CA:FALSE'];
      const files = ['-keyout', keyFile, '-out', certificateFile];
      await openssl(
        'req',
        '-x509',
        ...newKey,
        ...byMiddle,
        '-subj',
        `/CN=${file}`,
        '-addext',
        `subjectAltName=${name}`,
        '-days',
        '10',
        ...files,
      );
      await appendFile(certificateFile, await readFile(at('middle.pem')));
      return { certificateFile, keyFile };
    },
  };
}

async function addPackage(client: Client, name: string, content: Buffer): Promise<string> {
  const fileName = `${name}.sh`;
  const script = Buffer.concat([Buffer.from('#!/bin/sh\n'), content]);
  const { id } = await client.call('uploads.create', { body: { fileName, sizeBytes: script.length } }, signal);
  const headers = { authorization: `Bearer ${client.token}`, 'content-type': 'application/octet-stream', 'upload-offset': '0' };
  await fetch(`${client.serverUrl}/api/v1/uploads/${id}`, { method: 'PATCH', headers, body: script, signal });
  const made = await client.call('packages.create', { body: { name, kind: 'script', fileName, uploadId: id } }, signal);
  return made.content.sha256;
}

async function untilPresent(stage: Stage, present = 1): Promise<DistributionPoint> {
  return vi.waitFor(async () => {
    const found = await stage.find();
    expect(found.content).toMatchObject({ present, missing: 0, failed: 0 });
    return found;
  }, 20_000);
}

describe('a distribution point', () => {
  it('enrols, pulls what the site has, and serves ranges of it to who has a token of the site', async () => {
    await using stage = await aStage();
    await using point = await stage.start();

    const found = await untilPresent(stage);
    const whole = await stage.ask(await stage.tokenFor());
    const rest = await stage.ask(await stage.tokenFor(), 'bytes=300000-');

    expect(found).toMatchObject({ state: 'healthy', freeBytes: expect.any(Number) as number });
    expect(Buffer.from(await whole.arrayBuffer()).subarray(10)).toEqual(bytes);
    expect([rest.status, (await rest.arrayBuffer()).byteLength]).toEqual([206, 10]);
    expect(await readFile(contentPath(point.folder.content, stage.sha256))).toHaveLength(300_010);
  });

  it('refuses tokens that have ended, are for another place or piece, or are none', async () => {
    await using stage = await aStage();
    await using _point = await stage.start();
    await untilPresent(stage);
    const statusFor = async (token: string) => (await stage.ask(token)).status;

    expect(await statusFor(await stage.tokenFor({ expiresAtMs: Date.now() - 1000 }))).toBe(401);
    expect(await statusFor(await stage.tokenFor({ point: 'distribution-point-other' }))).toBe(401);
    expect(await statusFor(await stage.tokenFor({ sha256: 'b'.repeat(64) }))).toBe(401);
    expect(await statusFor('nothing')).toBe(401);
    expect(await statusFor(stage.client.token ?? '')).toBe(401);
  });

  it('has its content and its key again after a restart, also while the site is away', async () => {
    await using stage = await aStage();
    const first = await stage.start();
    await untilPresent(stage);
    await first[Symbol.asyncDispose]();
    const token = await stage.tokenFor();
    await stage.site[Symbol.asyncDispose]();

    await using _again = await stage.start();

    expect((await stage.ask(token)).status).toBe(200);
    expect((await fetch(`${stage.ticket.url}/readyz`)).status).toBe(200);
  });

  it('reads everything again when it is told to, and pulls what is damaged', async () => {
    await using stage = await aStage();
    await using point = await stage.start();
    const { id } = await untilPresent(stage);
    const path = contentPath(point.folder.content, stage.sha256);
    await rm(path);
    await writeFile(path, Buffer.alloc(300_010));
    const world = { environment: {}, say: () => undefined, createLog: () => silentLog, stopped: () => Promise.resolve() };
    const words = ['verify', '--data-directory', point.folder.root];
    await expect(runPointCommand({ words, ...world })).rejects.toMatchObject({ code: 'POINT_CONTENT_DAMAGED' });

    await stage.client.call('distributionPoints.validate', { params: { id }, body: { sha256: null } }, signal);
    await vi.waitFor(async () => expect((await readFile(path)).subarray(10)).toEqual(bytes), 25_000);

    await untilPresent(stage);
    await runPointCommand({ words, ...world });
  });

  it('deletes what is no longer wanted after its grace time', async () => {
    await using stage = await aStage({ graceHours: 0 });
    await using point = await stage.start();
    await untilPresent(stage);
    const { items } = await stage.client.call('packages.list', {}, signal);

    await stage.client.call('packages.delete', { params: { id: items[0]?.id ?? '' } }, signal);

    const path = contentPath(point.folder.content, stage.sha256);
    await vi.waitFor(() => expect(readFile(path)).rejects.toThrow('ENOENT'), 25_000);
  });

  it('keeps its reserve free, and says so', async () => {
    await using stage = await aStage({ spaceReserveBytes: 2 ** 50 });
    await using _point = await stage.start();

    const { id } = await vi.waitFor(async () => {
      const found = await stage.find();
      expect(found.content.failed).toBe(1);
      return found;
    }, 20_000);

    const { items } = await stage.client.call('distributionPoints.content', { params: { id } }, signal);
    expect(items[0]?.problem).toContain('there is no room');
  });

  it('pulls no faster than its limit', async () => {
    await using stage = await aStage({ pullBytesPerSecond: 100_000 });
    const began = performance.now();
    await using _point = await stage.start();

    await untilPresent(stage);

    expect(performance.now() - began).toBeGreaterThan(2500);
  });

  it('gets nothing more when it was revoked, and cannot be started without a ticket', async () => {
    await using stage = await aStage();
    const point = await stage.start();
    const { id } = await untilPresent(stage);
    await stage.client.call('distributionPoints.revoke', { params: { id } }, signal);
    await addPackage(stage.client, 'Later', randomBytes(10));
    await sleep(1000);

    expect((await stage.find()).content).toMatchObject({ present: 1, missing: 1 });
    await point[Symbol.asyncDispose]();
    const settings = PointSettings.parse({ dataDirectory: join(stage.folder, 'empty') });
    const started = startPoint({ settings, log: silentLog, now: Date.now, fetchTrusting, talkEveryMs: 300 });
    await expect(started).rejects.toMatchObject({ code: 'DISTRIBUTION_POINT_NOT_ENROLLED' });
  });

  it('enrols anew with another ticket, and keeps its content', async () => {
    await using stage = await aStage();
    const first = await stage.start();
    const { id } = await untilPresent(stage);
    await stage.client.call('distributionPoints.revoke', { params: { id } }, signal);
    await first[Symbol.asyncDispose]();
    const ticket = await stage.client.call('distributionPoints.ticket', { params: { id } }, signal);
    await writeFile(join(stage.folder, 'ticket'), JSON.stringify(ticket));

    await using again = await stage.start();

    expect(again.identity.key).not.toBe(first.identity.key);
    await vi.waitFor(async () => expect(await stage.find()).toMatchObject({ state: 'healthy', content: { present: 1 } }), 20_000);
  });

  it('that has enrolled starts without its ticket, and not with one that is no ticket', async () => {
    await using stage = await aStage();
    await (await stage.start())[Symbol.asyncDispose]();
    await writeFile(join(stage.folder, 'ticket'), 'half a tick');
    await expect(stage.start()).rejects.toMatchObject({ code: 'FILE_NOT_READABLE' });

    await rm(join(stage.folder, 'ticket'));

    await using again = await stage.start();
    expect(again.identity.url).toBe(stage.ticket.url);
  });

  it('that enrolled before tickets were noted enrols anew with one of another CA, and not with its old one', async () => {
    await using stage = await aStage();
    await using another = await runApp();
    const first = await stage.start();
    const { id } = await untilPresent(stage);
    await first[Symbol.asyncDispose]();
    const { identity } = pointDirectoryAt(join(stage.folder, 'point'));
    const fromBefore = { ...first.identity, ticketHash: null };
    await writeFile(identity, JSON.stringify(fromBefore));
    const same = await stage.start();
    await same[Symbol.asyncDispose]();
    expect(same.identity.key).toBe(first.identity.key);

    await writeFile(identity, JSON.stringify({ ...fromBefore, caPem: another.app.site.caPem }));
    await writeFile(
      join(stage.folder, 'ticket'),
      JSON.stringify(await stage.client.call('distributionPoints.ticket', { params: { id } }, signal)),
    );
    await using again = await stage.start();

    expect(again.identity.caPem).toBe(stage.ticket.caPem);
    expect(again.identity.key).not.toBe(first.identity.key);
  });

  it('of a site with a certificate of the administrator serves with one from the same CA, and says so where it has none', async () => {
    await using folder = await temporaryDirectory();
    const authority = await anAuthority(folder.path);
    const site = await authority.certify('site', 'IP:127.0.0.1');
    const own = await authority.certify('point', 'IP:127.0.0.1');
    const flags = ['--certificate-file', site.certificateFile, '--key-file', site.keyFile, '--ca-file', authority.caFile];
    await using stage = await aStage({}, ...flags);
    expect(stage.ticket.caPem).toBe(await readFile(authority.caFile, 'utf8'));

    await expect(stage.start()).rejects.toMatchObject({ body: { code: 'CERTIFICATE_NOT_ISSUABLE', details: { name: '127.0.0.1' } } });
    await expect(stage.start(await authority.certify('elsewhere', 'DNS:elsewhere.example'))).rejects.toThrow('is not for 127.0.0.1');
    await expect(stage.start({ ...own, keyFile: null })).rejects.toThrow('belong together');
    await using _point = await stage.start(own);

    await untilPresent(stage);
    // This process trusts the test's CA alone, as a computer does that was booted by this site.
    expect((await stage.ask(await stage.tokenFor())).status).toBe(200);
  });

  it('says that its site has another CA, and what to do', async () => {
    await using stage = await aStage();
    await using another = await runApp();
    const client = createClient({ serverUrl: another.app.site.serverUrl(), token: null, fetch });
    const logged: unknown[] = [];
    const log = { ...silentLog, error: ({ err }: { err: unknown }) => void logged.push(err) } as unknown as typeof silentLog;
    const ending = new AbortController();
    const kept = await KeptContent.open(pointDirectoryAt(join(stage.folder, 'none')));
    const talk = createTalk({ kept, client, contentFolder: stage.folder, log, now: Date.now, everyMs: 60_000 });

    const talking = talk.keepTalking(ending.signal);
    await vi.waitFor(() => expect(logged).toMatchObject([{ code: 'SITE_NOT_TRUSTED', details: { url: client.serverUrl } }]), 20_000);
    ending.abort();
    await talking;
  });

  it('tells its metrics to who has the token for them', async () => {
    await using stage = await aStage();
    await using _point = await stage.start();
    await untilPresent(stage);
    const read = (token: string) => fetch(`${stage.ticket.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });

    expect(await (await read('m'.repeat(16))).text()).toContain('ostler_content_pieces{state="present"} 1');
    expect((await read('other')).status).toBe(401);
  });
});
