/** Lays a backup down as a new data directory: everything is checked on the way, and it appears whole or not at all. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isOstlerError, OstlerError } from '@ostler/contract';
import { run } from '@ostler/imaging/run';
import { dataDirectoryAt } from '../data-directory.ts';
import { isMissingFile } from '../is-missing-file.ts';
import { BackupManifest, databaseFiles, manifestName, settingsName, type SavedFile } from './manifest.ts';
import { postgresEnvironment } from './postgres-environment.ts';

export interface RestoreRequest {
  readonly from: string;
  /** Empty, or not there yet. */
  readonly dataDirectory: string;
  /** An empty database: needed for, and only for, a backup of a site on PostgreSQL. */
  readonly databaseUrl: string | null;
  readonly signal: AbortSignal;
}

/** @throws OstlerError BACKUP_INVALID, BACKUP_TARGET_NOT_EMPTY */
export async function restoreBackup({ from, dataDirectory, databaseUrl, signal }: RestoreRequest): Promise<BackupManifest> {
  const manifest = await readManifest(from);
  const wanted = manifest.dialect === 'postgres';
  if (wanted !== (databaseUrl !== null)) {
    throw invalid(
      from,
      wanted ? 'its site was on PostgreSQL: give --database-url of an empty database' : 'its site was on SQLite: leave --database-url out',
    );
  }
  await refuseUsed(dataDirectory);
  const partial = join(dirname(dataDirectory), `.${basename(dataDirectory)}.partial`);
  await rm(partial, { recursive: true, force: true });
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 });
    for (const file of manifest.files) await restoreFile(from, partial, file, manifest.dialect, signal);
    if (databaseUrl !== null) await restorePostgres(join(from, databaseFiles.postgres), databaseUrl, signal);
    await rename(partial, dataDirectory);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  return manifest;
}

async function readManifest(folder: string): Promise<BackupManifest> {
  try {
    return BackupManifest.parse(JSON.parse(await readFile(join(folder, manifestName), 'utf8')));
  } catch (error) {
    throw invalid(folder, `${manifestName} is missing or cannot be read`, error);
  }
}

async function refuseUsed(path: string): Promise<void> {
  const entries = await readdir(path).catch(() => []);
  if (entries.length > 0) throw new OstlerError('BACKUP_TARGET_NOT_EMPTY', { path });
}

async function restoreFile(from: string, root: string, file: SavedFile, dialect: BackupManifest['dialect'], signal: AbortSignal) {
  const target = targetOf(root, file.path, dialect);
  if (target !== null) await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const check = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, target === null ? undefined : chunk);
    },
  });
  const source = createReadStream(join(from, file.path), { highWaterMark: 1024 * 1024 });
  try {
    if (target === null) await pipeline(source, check.resume(), { signal });
    else await pipeline(source, check, createWriteStream(target, { mode: modeOf(file.path), flush: true }), { signal });
  } catch (error) {
    if (isMissingFile(error)) throw invalid(from, `${file.path} is missing`, error);
    throw error;
  }
  if (sizeBytes !== file.sizeBytes) throw invalid(from, `${file.path} has ${sizeBytes} bytes, not ${file.sizeBytes}`);
  if (hash.digest('hex') !== file.sha256) throw invalid(from, `${file.path} is damaged: its SHA-256 is not that of the manifest`);
}

/** Null: the file is checked only. */
function targetOf(root: string, path: string, dialect: BackupManifest['dialect']): string | null {
  if (path === databaseFiles[dialect]) return dialect === 'sqlite' ? dataDirectoryAt(root).database : null;
  return join(root, path === settingsName ? `restored-${settingsName}` : path);
}

/** Content is read-only as the store keeps it; the rest is for this user alone. */
function modeOf(path: string): number {
  return path.startsWith('content/') ? 0o444 : 0o600;
}

async function restorePostgres(dump: string, url: string, signal: AbortSignal): Promise<void> {
  const env = postgresEnvironment(url);
  const args = [
    '--no-owner',
    '--no-privileges',
    '--single-transaction',
    '--exit-on-error',
    `--dbname=${env['PGDATABASE'] ?? 'postgres'}`,
    dump,
  ];
  try {
    await run('pg_restore', args, { signal, env });
  } catch (error) {
    if (!isOstlerError(error) || error.code !== 'COMMAND_FAILED') throw error;
    throw invalid(dirname(dump), `PostgreSQL refused it: ${String(error.details['output'])}`, error);
  }
}

function invalid(path: string, problem: string, cause?: unknown): OstlerError {
  return new OstlerError('BACKUP_INVALID', { path, problem }, { cause });
}
