/**
 * The folder that holds a site: what is where in it. Several servers of one site have one each, and another that they share. Who writes there
 * is each feature's.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OstlerError } from '@ostler/contract';

export interface DataDirectory {
  /** This server's own. */
  readonly root: string;
  /** What all servers of the site have: `root` where there is one. */
  readonly shared: string;
  /** SQLite's file. */
  readonly database: string;
  /** The site's CA and its other keys. */
  readonly certificates: string;
  /** The certificate of this server, with its key. */
  readonly serverCertificate: string;
  /** Immutable content, addressed by hash. */
  readonly content: string;
  /** Uploads that have not finished. Not in a backup. */
  readonly uploads: string;
  /** Sealed user state. Deleted after its time, and not in a backup. */
  readonly stateStores: string;
  /** Logs that agents sent. */
  readonly runs: string;
  /** Files that network boot lays out: generated, so not in a backup. */
  readonly networkBoot: string;
  /** What can be made again at a cost (built trees, downloaded packages). Kept over restarts, not in a backup. */
  readonly cache: string;
  /** Emptied at each start. On the same file system as `content`, so that a finished file is renamed into it. */
  readonly temporary: string;
  /** The key that seals secret variables in the database. */
  readonly secretsKey: string;
  readonly firstAdministratorPassword: string;
  readonly lock: string;
}

/** @param sharedDirectory null: this is the only server */
export function dataDirectoryAt(root: string, sharedDirectory: string | null = null, serverId = ''): DataDirectory {
  const shared = sharedDirectory ?? root;
  return {
    root,
    shared,
    database: join(root, 'ostler.sqlite'),
    certificates: join(shared, 'certificates'),
    serverCertificate: join(root, 'certificates'),
    content: join(shared, 'content'),
    uploads: join(shared, 'uploads'),
    stateStores: join(shared, 'state-stores'),
    runs: join(shared, 'runs'),
    networkBoot: join(root, 'network-boot'),
    cache: join(root, 'cache'),
    temporary: sharedDirectory === null ? join(root, 'tmp') : join(sharedDirectory, 'tmp', serverId),
    secretsKey: join(shared, 'secrets.key'),
    firstAdministratorPassword: join(shared, 'first-admin-password'),
    lock: join(root, 'server.lock'),
  };
}

/** Which of the site's servers this is: made at its first start. The lock must be held. @throws OstlerError DATA_DIRECTORY_UNUSABLE */
export async function readServerId(root: string): Promise<string> {
  const path = join(root, 'server-id');
  const known = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (/^server-[0-9a-f]{16}$/.test(known)) return known;
  const made = `server-${randomBytes(8).toString('hex')}`;
  try {
    await writeFile(path, `${made}\n`, { mode: 0o600, flush: true });
  } catch (error) {
    throw unusable(root, error);
  }
  return made;
}

/**
 * Makes the folders that are missing, readable by this user only, and empties the temporary one. The lock must be held.
 * @throws OstlerError DATA_DIRECTORY_UNUSABLE
 */
export async function prepareDataDirectory(data: DataDirectory): Promise<void> {
  try {
    await rm(data.temporary, { recursive: true, force: true });
    for (const folder of [
      data.certificates,
      data.serverCertificate,
      data.content,
      data.uploads,
      data.stateStores,
      data.runs,
      data.networkBoot,
      data.cache,
      data.temporary,
    ]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
  } catch (error) {
    throw unusable(data.shared, error);
  }
}

export function unusable(path: string, cause: unknown): OstlerError {
  const problem = cause instanceof Error ? cause.message : String(cause);
  return new OstlerError('DATA_DIRECTORY_UNUSABLE', { path, problem }, { cause });
}
