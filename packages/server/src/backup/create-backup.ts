/**
 * Writes a backup of a running site: a consistent copy of the database first, then the files. Content that is stored
 * while it runs is not referred to by that copy; content it refers to stays for its grace time.
 * The folder has its final name only when everything is in it.
 */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { backup as backupSqlite, DatabaseSync } from 'node:sqlite';
import { OstlerError, type Progress } from '@ostler/contract';
import { run } from '@ostler/imaging/run';
import { stringify as toYaml } from 'yaml';
import type { Config } from '../config.ts';
import type { DataDirectory } from '../data-directory.ts';
import type { DatabaseLocation } from '../database/connect.ts';
import { isMissingFile } from '../is-missing-file.ts';
import { postgresEnvironment } from './postgres-environment.ts';
import { databaseFiles, manifestName, settingsName, type BackupManifest, type SavedFile } from './manifest.ts';

export interface BackupSources {
  readonly data: DataDirectory;
  readonly location: DatabaseLocation;
  readonly config: Config;
  readonly now: () => number;
}

export interface BackupRequest {
  readonly path: string;
  readonly includeContent: boolean;
}

interface Work {
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
}

/** @throws OstlerError BACKUP_TARGET_NOT_EMPTY, and whatever writing meets; nothing is left behind then */
export async function createBackup(sources: BackupSources, { path, includeContent }: BackupRequest, work: Work) {
  await refuseUsedFolder(path);
  const partial = join(dirname(path), `.${basename(path)}.partial`);
  // Left by a run that the server's end interrupted.
  await rm(partial, { recursive: true, force: true });
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 });
    const files = await writeFiles(sources, partial, includeContent, work);
    const dialect = sources.location.dialect;
    const manifest: BackupManifest = {
      format: 1,
      createdAt: new Date(sources.now()).toISOString(),
      dialect,
      includesContent: includeContent,
      files,
    };
    await writeFile(join(partial, manifestName), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600, flush: true });
    await rename(partial, path);
    return { path, files: files.length, sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

async function refuseUsedFolder(path: string): Promise<void> {
  const entries = await readdir(path).catch((error: unknown) => {
    if (isMissingFile(error)) return [];
    throw error;
  });
  if (entries.length > 0) throw new OstlerError('BACKUP_TARGET_NOT_EMPTY', { path });
}

async function writeFiles({ data, location, config }: BackupSources, folder: string, includeContent: boolean, work: Work) {
  work.report({ activity: 'Copying the database', done: 0, total: null, unit: 'files' });
  const databaseFile = join(folder, databaseFiles[location.dialect]);
  const keyBefore = await readIfThere(data.secretsKey);
  await dumpDatabase(location, databaseFile, work.signal);
  // The URL holds a password; where the restored site's database is, and what it shares with whom, is for the restorer to say.
  const settingsFile = join(folder, settingsName);
  await writeFile(settingsFile, toYaml({ ...config, databaseUrl: null, sharedDirectory: null }), { mode: 0o600 });
  const files: SavedFile[] = [await describeFile(folder, databaseFile), await describeFile(folder, settingsFile)];
  const password = await saveFile(folder, data.firstAdministratorPassword, join(folder, basename(data.firstAdministratorPassword)));
  if (password !== null) files.push(password);
  const key = await saveKeys(keyBefore, data.secretsKey, folder);
  if (key !== null) files.push(key);
  const folders = [data.certificates, data.runs, ...(includeContent ? [data.content] : [])];
  for (const source of folders) {
    const paths = await listFiles(source);
    for (const [index, path] of paths.entries()) {
      work.signal.throwIfAborted();
      work.report({ activity: `Copying ${basename(source)}`, done: index, total: paths.length, unit: 'files' });
      const target = join(folder, relative(data.shared, path));
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      const saved = source === data.content ? await saveContent(folder, path, target) : await saveFile(folder, path, target);
      if (saved !== null) files.push(saved);
    }
  }
  return files;
}

async function dumpDatabase(location: DatabaseLocation, target: string, signal: AbortSignal): Promise<void> {
  if (location.dialect === 'postgres') {
    const args = ['--format=custom', '--no-owner', '--no-privileges', `--file=${target}`];
    await run('pg_dump', args, { signal, env: postgresEnvironment(location.url) });
    return;
  }
  // A connection of its own: WAL lets it read while the server writes. All pages in one step, off this thread.
  const source = new DatabaseSync(location.path, { readOnly: true });
  try {
    await backupSqlite(source, target, { rate: 0x7f_ff_ff_ff });
  } finally {
    source.close();
  }
}

/** The folder's files, none of them temporary (`.partial` and hidden ones are not finished). */
async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && !entry.name.endsWith('.partial'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/**
 * Content never changes, so the same file under a second name is a copy; on another file system it is copied. Its name is
 * its hash, which restoring checks. Null: it was deleted since the list was made, so nothing referred to it.
 */
async function saveContent(folder: string, path: string, target: string): Promise<SavedFile | null> {
  try {
    await link(path, target).catch(() => copyFile(path, target, constants.COPYFILE_FICLONE));
  } catch (error) {
    if (isMissingFile(error)) return null;
    throw error;
  }
  const name = basename(path);
  if (!/^[0-9a-f]{64}$/.test(name)) return describeFile(folder, target);
  return { path: relative(folder, target), sizeBytes: (await stat(target)).size, sha256: name };
}

/**
 * The copy of the database may be of before or of after a rotation of the key that went on meanwhile: both keys are kept then, as in
 * the middle of a rotation. Null: the site's key is not in the data directory.
 */
async function saveKeys(before: Buffer, path: string, folder: string): Promise<SavedFile | null> {
  const after = await readIfThere(path);
  const keys = after.includes(before) ? after : Buffer.concat([after, before]);
  if (keys.length === 0) return null;
  const target = join(folder, basename(path));
  await writeFile(target, keys, { mode: 0o600 });
  return describeFile(folder, target);
}

/** Empty where there is no such file. */
async function readIfThere(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    if (isMissingFile(error)) return Buffer.alloc(0);
    throw error;
  });
}

/** A log may grow meanwhile: what is described is what was copied. */
async function saveFile(folder: string, path: string, target: string): Promise<SavedFile | null> {
  try {
    await copyFile(path, target, constants.COPYFILE_FICLONE);
  } catch (error) {
    if (isMissingFile(error)) return null;
    throw error;
  }
  return describeFile(folder, target);
}

async function describeFile(folder: string, path: string): Promise<SavedFile> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  return { path: relative(folder, path), sizeBytes: (await stat(path)).size, sha256: await hashFile(path) };
}

export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
