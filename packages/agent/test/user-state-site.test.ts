/** A whole refresh's user state through the real server: the agent's engine and steps, HTTPS, the sealed store, the command line. */
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { run } from '@ostler/imaging/run';
import { startSite, type RunningSite } from '@ostler/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createContentAccess } from '../src/content-access.ts';
import { runSequence } from '../src/run-sequence.ts';
import { ServerLink } from '../src/server-link.ts';
import { aFolder, facts, noCache, someDependencies } from './builders.ts';
import { startCuttingProxy, type CuttingProxy } from './cutting-proxy.ts';
import { aStep } from './run-of-steps.ts';

const isRoot = process.getuid?.() === 0;
const signal = AbortSignal.timeout(900_000);
const patience = { signal, patienceMs: 60_000 };
const secretText = 'Ada’s diary';
const large = randomBytes(20_000_000);

async function fill(people: string): Promise<void> {
  await mkdir(join(people, 'ada'), { recursive: true });
  await writeFile(join(people, 'ada/diary'), secretText);
  await chmod(join(people, 'ada/diary'), 0o640);
  await chown(join(people, 'ada/diary'), 1234, 1235);
  await symlink('diary', join(people, 'ada/link'));
  await writeFile(join(people, 'ada/film'), large);
}

describe.skipIf(!isRoot)('user state at a real site (needs root to give files to users)', () => {
  let site: RunningSite;
  let proxy: CuttingProxy;
  let folder: Awaited<ReturnType<typeof aFolder>>;
  const ostler = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await site.ostler(...args);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  };

  beforeAll(async () => {
    site = await startSite(signal);
    folder = await aFolder();
    proxy = await startCuttingProxy(Number(new URL(site.url).port));
    setDefaultCACertificates([await readFile(site.caFile, 'utf8')]);
    await writeFile(join(folder.path, 'password'), 'correct horse battery\n');
    const first = join(site.dataDirectory, 'first-admin-password');
    await ostler('login', site.url, '--ca', site.caFile, '--password-file', first, '--new-password-file', join(folder.path, 'password'));
    await ostler('site', 'set', '--trust', 'automatic');
    await ostler('collection', 'create', 'Lab');
  }, 300_000);
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  });

  /** Deploys the steps to a new computer, and runs them as its agent does. */
  async function runOn(name: string, number: number, steps: readonly object[]) {
    const mac = `52:54:00:00:00:0${number}`;
    const file = join(folder.path, `${name}.yaml`);
    // A restart that may have happened: the steps behind it may then run in the installed system, where this computer is.
    const condition = { variable: 'Never', operator: 'exists' };
    const restart = aStep('restart-computer', { target: 'installed-os' }, { name: 'Restart', condition });
    await writeFile(file, JSON.stringify({ name, steps: [restart, ...steps] }));
    await ostler('device', 'import', name, '--mac', mac);
    await ostler('collection', 'create', name);
    await ostler('collection', 'add', name, name);
    await ostler('task-sequence', 'create', file);
    await ostler('deployment', 'create', name, name, '--purpose', 'required');
    return async (fetch = globalThis.fetch) => {
      const url = `https://127.0.0.1:${proxy.port}`;
      const open = new ServerLink({ serverUrl: url, key: null, fetch: globalThis.fetch, onConnection: () => undefined, firstWaitMs: 5 });
      const machine = { facts: { ...facts, macAddresses: [mac], smbiosUuid: null }, claim: 'c'.repeat(32) };
      const hello = { ...machine, environment: 'boot-image' as const, bootMacAddress: mac, bootImageId: 'boot-image-1' };
      const ready = await open.call('agent.hello', { body: hello }, patience);
      if (ready.state !== 'ready' || ready.runId === null) throw new Error(ready.state);
      const link = open.withKey(ready.key);
      const policy = { stallTimeoutMs: 5000, firstDelayMs: 5, longestDelayMs: 50 };
      const content = createContentAccess({ link, runId: ready.runId, fetch, policy, cache: noCache });
      const assignment = await link.call('agent.run', { params: { id: ready.runId } }, patience);
      const world = someDependencies({ folder: join(folder.path, name), url, environment: 'installed-os' });
      const definition = { ...assignment.definition, startsIn: 'installed-os' as const };
      return runSequence({ ...assignment, definition }, { ...world, link, content }, signal);
    };
  }

  const capture = (people: string): object[] => [
    aStep('request-state-store', { purpose: 'capture' }, { name: 'Request' }),
    aStep('capture-user-state', { folders: [people] }, { name: 'Capture' }),
    aStep('release-state-store', {}, { name: 'Release' }),
  ];
  const restore = [
    aStep('request-state-store', { purpose: 'restore' }, { name: 'Request again' }),
    aStep('restore-user-state', { accounts: false }, { name: 'Restore' }),
    aStep('release-state-store', {}, { name: 'Release again' }),
  ];

  it('is captured, survives the loss of the disk’s files and cut connections, and comes back as it was', async () => {
    const people = join(folder.path, 'people');
    await fill(people);
    const lose = aStep('run-command-line', { commandLine: `rm -r ${people}` }, { name: 'Lose' });
    const start = await runOn('pc-1', 1, [...capture(people), lose, ...restore]);
    proxy.cutAfterBytes.push(3_000_000, 9_000_000, 2_000_000, 15_000_000);

    const end = await start();

    expect(end.outcome).toMatchObject({ kind: 'succeeded' });
    expect(proxy.cuts()).toBe(4);
    const diary = await stat(join(people, 'ada/diary'));
    expect([diary.mode & 0o777, diary.uid, diary.gid]).toEqual([0o640, 1234, 1235]);
    expect(await readFile(join(people, 'ada/link'), 'utf8')).toBe(secretText);
    expect((await readFile(join(people, 'ada/film'))).equals(large)).toBe(true);
    const [store] = JSON.parse(await ostler('user-state', 'list', '--json')) as { id: string; state: string; restoreDeviceName: string }[];
    expect(store).toMatchObject({ state: 'restored', restoreDeviceName: 'pc-1' });
    const kept = await readFile(join(site.dataDirectory, 'state-stores', store?.id ?? ''));
    expect(kept.includes(secretText)).toBe(false);
  }, 300_000);

  it('goes to another computer once it is associated, and an administrator recovers the files', async () => {
    const people = join(folder.path, 'old-people');
    await fill(people);
    const captured = await (await runOn('pc-2', 2, capture(people)))();
    const startNew = await runOn('pc-3', 3, [aStep('run-command-line', { commandLine: `rm -r ${people}` }, { name: 'Lose' }), ...restore]);
    await ostler('device', 'associate', 'pc-2', 'pc-3');
    const archive = join(folder.path, 'recovered.tar.zst');
    await ostler('user-state', 'download', 'pc-2', archive);

    const restored = await startNew();

    expect([captured.outcome.kind, restored.outcome.kind]).toEqual(['succeeded', 'succeeded']);
    expect(await readFile(join(people, 'ada/diary'), 'utf8')).toBe(secretText);
    await mkdir(join(folder.path, 'recovered'));
    await run('tar', ['--extract', '--zstd', '--file', archive, '--directory', join(folder.path, 'recovered')], { signal });
    const recovered = join(folder.path, 'recovered/files', people);
    expect(await readFile(join(recovered, 'ada/diary'), 'utf8')).toBe(secretText);
    expect(dirname(recovered)).toBe(join(folder.path, 'recovered/files', dirname(people)));
    expect((await site.ostler('user-state', 'download', 'pc-2', archive)).exitCode).toBe(1);
    await ostler('user-state', 'delete', 'pc-2');
    expect(await ostler('user-state', 'list', '--device', 'pc-2')).toContain('There is no user state');
  }, 300_000);

  it('that was never captured ends the run before anything is lost', async () => {
    const people = join(folder.path, 'kept-people');
    await fill(people);
    const lose = aStep('run-command-line', { commandLine: `rm -r ${people}` }, { name: 'Lose' });
    const request = aStep('request-state-store', { purpose: 'capture' }, { name: 'Request' });
    const start = await runOn('pc-4', 4, [request, aStep('release-state-store', {}, { name: 'Release' }), lose]);

    const end = await start();

    expect(end.outcome).toMatchObject({ kind: 'failed', failure: { error: { code: 'STATE_STORE_NOT_CAPTURED' } } });
    expect(await readFile(join(people, 'ada/diary'), 'utf8')).toBe(secretText);
  }, 300_000);

  it('ends the run at once, with what to do, when the site’s disk fills up in the middle', async () => {
    const people = join(folder.path, 'more-people');
    await fill(people);
    const start = await runOn('pc-5', 5, capture(people));
    const stores = join(site.dataDirectory, 'state-stores');
    await run('mount', ['-t', 'tmpfs', '-o', 'size=30m', 'tmpfs', stores], { signal });
    try {
      let sent = 0;
      const end = await start(async (url, init) => {
        // Room for the first piece, not for the second.
        if (init?.method === 'PATCH' && (sent += 1) === 1) await writeFile(join(stores, 'somebody-elses'), Buffer.alloc(16_000_000));
        return globalThis.fetch(url, init);
      });

      const error = { code: 'CONTENT_DISK_FULL', hint: expect.stringContaining('Make space') };
      expect(end.outcome).toMatchObject({ kind: 'failed', failure: { stepName: 'Capture', error } });
      const left = await Promise.all((await readdir(stores)).map(async (name) => [name, (await stat(join(stores, name))).size]));
      expect(left.filter(([name]) => name !== 'somebody-elses').every(([, size]) => size === 0)).toBe(true);
    } finally {
      await run('umount', [stores], { signal });
    }
  }, 300_000);
});
