/** Two real distribution points of a real site: processes of their own, one of which is killed while a run downloads from it. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setDefaultCACertificates } from 'node:tls';
import { limitRate } from '@ostler/content';
import { createClient, type LocationExplanation } from '@ostler/contract';
import { start, type RunningProgram } from '@ostler/imaging/run';
import { freePort, startSite, type RunningSite } from '@ostler/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createContentAccess } from '../src/content-access.ts';
import { finishRun } from '../src/end-run.ts';
import { runSequence } from '../src/run-sequence.ts';
import { ServerLink } from '../src/server-link.ts';
import { aFolder, facts, noCache, someDependencies } from './builders.ts';
import { aStep } from './run-of-steps.ts';

const signal = AbortSignal.timeout(600_000);
const patience = { signal, patienceMs: 60_000 };
const repository = dirname(dirname(dirname(import.meta.dirname)));
const mac = '52:54:00:00:00:01';
const bytes = Buffer.concat([Buffer.from('#!/bin/sh\n'), randomBytes(40_000_000)]);
/** Slow enough to be killed in the middle. */
const bytesPerSecond = 8_000_000;

describe('two distribution points', () => {
  let site: RunningSite;
  let folder: Awaited<ReturnType<typeof aFolder>>;
  const points = new Map<string, RunningProgram>();
  const ostler = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await site.ostler(...args);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  };
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await ostler('--json', ...args)) as T;

  /** Made by the command line, and started with its ticket. */
  async function startPoint(name: string): Promise<void> {
    const ticket = join(folder.path, `${name}.ticket`);
    const url = `https://127.0.0.1:${await freePort()}`;
    await ostler('distribution-point', 'create', name, url, '--group', 'Here', '--reserve-bytes', '0', '--ticket-file', ticket);
    const flags = ['--data-directory', join(folder.path, name), '--ticket-file', ticket, '--listen-address', '127.0.0.1'];
    points.set(name, await start(join(repository, 'ostler'), ['distribution-point', 'serve', ...flags], { onOutput: () => undefined }));
    const isWhole = async () => (await json<{ content: { present: number } }>('distribution-point', 'show', name)).content.present === 1;
    while (!(await isWhole())) await sleep(500, undefined, { signal });
  }

  beforeAll(async () => {
    site = await startSite(signal);
    folder = await aFolder();
    setDefaultCACertificates([await readFile(site.caFile, 'utf8')]);
    await writeFile(join(folder.path, 'password'), 'correct horse battery\n');
    const first = join(site.dataDirectory, 'first-admin-password');
    await ostler('login', site.url, '--ca', site.caFile, '--password-file', first, '--new-password-file', join(folder.path, 'password'));
    await ostler('site', 'set', '--trust', 'automatic');
    await writeFile(join(folder.path, 'large.sh'), bytes);
    await ostler('package', 'create', join(folder.path, 'large.sh'), '--name', 'large');
    await ostler('boundary-group', 'create', 'Here');
    await ostler('boundary', 'create', '127.0.0.0/8', '--group', 'Here');
    await startPoint('one');
    await startPoint('two');
  }, 300_000);
  afterAll(async () => {
    for (const point of points.values()) await point.stop(5000);
    await folder[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  });

  it('carry a run on where the one that it downloads from is killed in the middle', async () => {
    const { id: packageId } = (await json<{ id: string }[]>('package', 'list'))[0] ?? { id: '' };
    const destination = { kind: 'path', path: join(folder.path, 'downloaded') };
    const step = aStep('download-package-content', { packageIds: [packageId], destination, continueOnFailure: false });
    await writeFile(join(folder.path, 'sequence.yaml'), JSON.stringify({ name: 'Download', steps: [step] }));
    await ostler('device', 'import', 'pc-1', '--mac', mac);
    await ostler('collection', 'create', 'Lab');
    await ostler('collection', 'add', 'Lab', 'pc-1');
    await ostler('task-sequence', 'create', join(folder.path, 'sequence.yaml'));
    await ostler('deployment', 'create', 'Download', 'Lab', '--purpose', 'required');
    const { sources } = await json<LocationExplanation>('boundary-group', 'explain', '127.0.0.1');
    const [serving = '', other = ''] = sources.map(({ name }) => name);

    const messages = await runDownload(async () => points.get(serving)?.stop(0));

    const done = messages.find(({ kind }) => kind === 'step-succeeded');
    expect(done?.facts['contentFrom']).toMatch(new RegExp(`^${serving} [\\d.]+ MiB, ${other} [\\d.]+ MiB$`));
    expect(await readFile(join(destination.path, packageId, 'large.sh'))).toEqual(bytes);
    expect(await ostler('package', 'distribution', 'large')).toMatch(/one +\w+ +present[^]*two +\w+ +present/);
  }, 300_000);

  /** Says hello as the boot environment does, runs what it is given, and calls back in the middle of the download. */
  async function runDownload(inTheMiddle: () => Promise<void> | undefined) {
    const open = new ServerLink({ serverUrl: site.url, key: null, fetch, onConnection: () => undefined, firstWaitMs: 5 });
    const machine = { facts: { ...facts, macAddresses: [mac], smbiosUuid: null }, claim: 'c'.repeat(32) };
    const hello = { ...machine, environment: 'boot-image' as const, bootMacAddress: mac, bootImageId: 'boot-image-1' };
    const ready = await open.call('agent.hello', { body: hello }, patience);
    if (ready.state !== 'ready' || ready.runId === null) throw new Error(ready.state);
    const { runId, key } = ready;
    const link = open.withKey(key);
    const policy = { stallTimeoutMs: 5000, firstDelayMs: 5, longestDelayMs: 50 };
    const content = createContentAccess({
      link,
      runId,
      fetch: limitRate(fetch, () => bytesPerSecond) as typeof fetch,
      policy,
      cache: noCache,
    });
    let isMiddle = false;
    const watched = {
      ...content,
      download: (...[ref, path, port]: Parameters<typeof content.download>) =>
        content.download(ref, path, {
          ...port,
          report: (progress) => {
            if (!isMiddle && progress.doneBytes > 10_000_000) void inTheMiddle();
            isMiddle ||= progress.doneBytes > 10_000_000;
            port.report(progress);
          },
        }),
    };
    const assignment = await link.call('agent.run', { params: { id: runId } }, patience);
    const world = someDependencies({ folder: join(folder.path, 'machine'), url: site.url });
    const dependencies = { ...world, link, content: watched };
    await finishRun(await runSequence(assignment, dependencies, signal), dependencies, signal);
    const { token } = JSON.parse(await readFile(join(site.directory, 'config/ostler/site.json'), 'utf8')) as { token: string };
    const client = createClient({ serverUrl: site.url, token, fetch });
    return (await client.call('runs.messages', { params: { id: runId }, query: {} }, signal)).items;
  }
});
