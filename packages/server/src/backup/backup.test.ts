import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPostgresDatabase, temporaryDirectory } from '@ostler/testkit';
import { describe, expect, it } from 'vitest';
import { databases, silentLog, type TestDatabase } from '../../test/databases.ts';
import { configFor } from '../../test/running-app.ts';
import { dataDirectoryAt, prepareDataDirectory } from '../data-directory.ts';
import { connectDatabase } from '../database/connect.ts';
import { JobStore } from '../jobs/job-store.ts';
import { createBackup } from './create-backup.ts';
import { restore } from './restore-command.ts';
import { restoreBackup } from './restore.ts';

const signal = AbortSignal.timeout(60_000);
const work = { signal, report: () => undefined };
const piece = Buffer.from('a piece of content');
const pieceName = createHash('sha256').update(piece).digest('hex');

async function createSite(test: TestDatabase, folder: string) {
  const data = dataDirectoryAt(join(folder, 'data'));
  await mkdir(data.root);
  await prepareDataDirectory(data);
  await writeFile(join(data.certificates, 'ca.key'), 'the key of the CA', { mode: 0o600 });
  await writeFile(data.secretsKey, 'the key of secrets', { mode: 0o600 });
  await writeFile(join(data.runs, 'run-1.log'), 'started\n');
  await mkdir(join(data.content, pieceName.slice(0, 2)));
  await writeFile(join(data.content, pieceName.slice(0, 2), pieceName), piece);
  await writeFile(join(data.uploads, 'upload-1'), 'not finished');
  const sources = { data, location: test.location, config: configFor(data.root, '--metrics-token', 'a-token-for-metrics'), now: Date.now };
  return { data, sources, backupFolder: join(folder, 'backup'), restored: join(folder, 'restored') };
}

async function emptyTarget(test: TestDatabase) {
  if (test.location.dialect === 'sqlite') return { url: null, [Symbol.asyncDispose]: () => Promise.resolve() };
  return createPostgresDatabase();
}

describe.each(databases)('a backup of a site on $dialect', ({ open }) => {
  it('made while the site writes is restored whole: rows, keys, logs, content', async () => {
    await using test = await open();
    await using folder = await temporaryDirectory();
    const site = await createSite(test, folder.path);
    const store = new JobStore(test.database);
    const stop = new AbortController();
    const writing = (async () => {
      let written = 0;
      for (; !stop.signal.aborted; written += 1) {
        await store.insert('content-verify', String(written), { payload: 'x'.repeat(2000) }, written);
        await appendFile(join(site.data.runs, 'run-1.log'), `line ${written}\n`);
        await sleep(1, undefined, { signal });
      }
      return written;
    })();
    await sleep(200, undefined, { signal });

    await createBackup(site.sources, { path: site.backupFolder, includeContent: true }, work);
    stop.abort();
    const written = await writing;
    await using target = await emptyTarget(test);
    await restoreBackup({ from: site.backupFolder, dataDirectory: site.restored, databaseUrl: target.url, signal });

    const data = dataDirectoryAt(site.restored);
    const location =
      target.url === null ? ({ dialect: 'sqlite', path: data.database } as const) : ({ dialect: 'postgres', url: target.url } as const);
    const restored = await connectDatabase(location, silentLog);
    const rows = await restored.sql.selectFrom('jobs').select(['number', 'subject']).orderBy('number').execute();
    await restored.close();
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThanOrEqual(written);
    expect(rows.every(({ number, subject }, index) => number === index + 1 && subject === String(index))).toBe(true);
    expect(await readFile(join(data.certificates, 'ca.key'), 'utf8')).toBe('the key of the CA');
    expect(await readFile(data.secretsKey, 'utf8')).toBe('the key of secrets');
    expect((await stat(join(data.certificates, 'ca.key'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(data.runs, 'run-1.log'), 'utf8')).toMatch(/^started\nline 0\n/);
    expect(await readFile(join(data.content, pieceName.slice(0, 2), pieceName))).toEqual(piece);
    expect(await readdir(site.restored)).not.toContain('uploads');
    expect(await readFile(join(site.restored, 'restored-ostler.yaml'), 'utf8')).toContain('httpsPort: 0');
  });
});

describe('a backup', () => {
  it('shares content with the store where it can, or leaves it out', async () => {
    await using test = await databases[0]!.open();
    await using folder = await temporaryDirectory();
    const site = await createSite(test, folder.path);
    const stored = join(site.data.content, pieceName.slice(0, 2), pieceName);

    await createBackup(site.sources, { path: site.backupFolder, includeContent: true }, work);
    await createBackup(site.sources, { path: join(folder.path, 'small'), includeContent: false }, work);

    expect((await stat(join(site.backupFolder, 'content', pieceName.slice(0, 2), pieceName))).ino).toBe((await stat(stored)).ino);
    expect(await readdir(join(folder.path, 'small'))).not.toContain('content');
    expect((await stat(site.backupFolder)).mode & 0o777).toBe(0o700);
  });

  it('goes into a folder that is new or empty, and leaves nothing behind when it is interrupted', async () => {
    await using test = await databases[0]!.open();
    await using folder = await temporaryDirectory();
    const site = await createSite(test, folder.path);
    await mkdir(site.backupFolder);
    const interrupted = { signal: AbortSignal.abort(), report: () => undefined };

    await expect(createBackup(site.sources, { path: site.backupFolder, includeContent: true }, interrupted)).rejects.toThrow('aborted');
    expect(await readdir(site.backupFolder)).toEqual([]);
    expect((await readdir(folder.path)).toSorted()).toEqual(['backup', 'data']);
    await createBackup(site.sources, { path: site.backupFolder, includeContent: true }, work);
    await expect(createBackup(site.sources, { path: site.backupFolder, includeContent: true }, work)).rejects.toMatchObject({
      code: 'BACKUP_TARGET_NOT_EMPTY',
    });
  });

  it('is restored by the command, which says how to start the site from there', async () => {
    await using test = await databases[0]!.open();
    await using folder = await temporaryDirectory();
    const { sources, backupFolder, restored } = await createSite(test, folder.path);
    await createBackup(sources, { path: backupFolder, includeContent: false }, work);
    const said: string[] = [];

    await restore(['--from', backupFolder, '--data-directory', restored], (text) => said.push(text));

    expect(said.join('\n')).toContain(`Start the site with --data-directory ${restored}.`);
    expect(await readdir(restored)).toContain('ostler.sqlite');
    await expect(restore(['--from', backupFolder], () => undefined)).rejects.toThrow('--from and --data-directory are needed');
  });

  it('is refused when anything is missing or damaged, and then nothing is restored', async () => {
    await using test = await databases[0]!.open();
    await using folder = await temporaryDirectory();
    const { sources, backupFolder, restored, data } = await createSite(test, folder.path);
    await createBackup(sources, { path: backupFolder, includeContent: true }, work);
    const request = { from: backupFolder, dataDirectory: restored, databaseUrl: null, signal };
    const key = join(backupFolder, 'certificates', 'ca.key');

    await expect(restoreBackup({ ...request, databaseUrl: 'postgres://a/b' })).rejects.toThrow('leave --database-url out');
    await expect(restoreBackup({ ...request, dataDirectory: data.root })).rejects.toMatchObject({ code: 'BACKUP_TARGET_NOT_EMPTY' });
    await expect(restoreBackup({ ...request, from: folder.path })).rejects.toThrow('manifest.json is missing');
    await writeFile(key, 'the key of the Ca');
    await expect(restoreBackup(request)).rejects.toThrow('certificates/ca.key is damaged');
    await writeFile(key, 'the key');
    await expect(restoreBackup(request)).rejects.toThrow('certificates/ca.key has 7 bytes, not 17');
    expect((await readdir(folder.path)).toSorted()).toEqual(['backup', 'data']);
  });
});
