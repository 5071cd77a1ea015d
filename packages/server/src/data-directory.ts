/** The one folder that holds a site: what is where in it. Who writes there is each feature's. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OstlerError } from '@ostler/contract';

export interface DataDirectory {
  readonly root: string;
  /** SQLite's file. */
  readonly database: string;
  /** The site's CA and its server certificate, with their keys. */
  readonly certificates: string;
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

export function dataDirectoryAt(root: string): DataDirectory {
  return {
    root,
    database: join(root, 'ostler.sqlite'),
    certificates: join(root, 'certificates'),
    content: join(root, 'content'),
    uploads: join(root, 'uploads'),
    stateStores: join(root, 'state-stores'),
    runs: join(root, 'runs'),
    networkBoot: join(root, 'network-boot'),
    cache: join(root, 'cache'),
    temporary: join(root, 'tmp'),
    secretsKey: join(root, 'secrets.key'),
    firstAdministratorPassword: join(root, 'first-admin-password'),
    lock: join(root, 'server.lock'),
  };
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
    throw unusable(data.root, error);
  }
}

export function unusable(path: string, cause: unknown): OstlerError {
  const problem = cause instanceof Error ? cause.message : String(cause);
  return new OstlerError('DATA_DIRECTORY_UNUSABLE', { path, problem }, { cause });
}
