/** Network folders that steps have connected: SMB and NFS. They are disconnected when this life of the run ends, before a restart too. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OstlerError } from '@ostler/contract';
import type { ImagingOperations } from './imaging-operations.ts';
import type { Log } from './log.ts';
import { openPrivateFolder } from './private-folder.ts';

export interface NetworkFolder {
  /** `//server/share`, `\\server\share`, or `server:/folder` for NFS. */
  readonly path: string;
  readonly mountPoint: string;
  /** `user` or `DOMAIN\user`; empty is nobody. */
  readonly account: string;
  readonly password: string;
  /** As in `mount -o`. */
  readonly options: string;
}

interface Protocol {
  readonly type: 'cifs' | 'nfs';
  /** What mount needs for it. */
  readonly program: string;
  readonly source: string;
}

export interface NetworkFolderParts {
  readonly imaging: Pick<ImagingOperations, 'run' | 'hasProgram' | 'unmountBelow'>;
  readonly log: Log;
}

export class NetworkFolders {
  readonly #parts: NetworkFolderParts;
  readonly #mountPoints: string[] = [];

  constructor(parts: NetworkFolderParts) {
    this.#parts = parts;
  }

  /** @throws OstlerError NETWORK_FOLDER_PATH, NETWORK_FOLDER_PROGRAM_MISSING, SETTING_INVALID, COMMAND_FAILED with what mount says */
  async connect(folder: NetworkFolder, signal: AbortSignal): Promise<void> {
    const { imaging, log } = this.#parts;
    const { mountPoint } = folder;
    const { type, program, source } = protocolOf(folder.path);
    if (!(await imaging.hasProgram('/', program))) throw new OstlerError('NETWORK_FOLDER_PROGRAM_MISSING', { program });
    await mkdir(mountPoint, { recursive: true });
    await imaging.unmountBelow(mountPoint);
    await using credentials = type === 'cifs' && folder.account !== '' ? await credentialsFile(folder) : null;
    const guest = type === 'cifs' && credentials === null ? ['guest'] : [];
    const given = folder.options === '' ? [] : [folder.options];
    const options = [...(credentials === null ? guest : [`credentials=${credentials.path}`]), ...given].join(',');
    this.#mountPoints.push(mountPoint);
    await imaging.run('mount', ['-t', type, ...(options === '' ? [] : ['-o', options]), source, mountPoint], { signal });
    log.info({ source, mountPoint, type }, 'a network folder is connected');
  }

  /** Settles when none is connected any more; one that is still in use is left, and said. */
  async disconnectAll(): Promise<void> {
    const { imaging, log } = this.#parts;
    for (const mountPoint of this.#mountPoints.splice(0).toReversed()) {
      await imaging.unmountBelow(mountPoint).catch((error: unknown) => {
        log.warn({ err: error, mountPoint }, 'a network folder could not be disconnected');
      });
    }
  }
}

/** @throws OstlerError NETWORK_FOLDER_PATH */
export function protocolOf(path: string): Protocol {
  const slashes = path.replaceAll('\\', '/');
  if (/^\/\/[^/]+\/[^/]+/.test(slashes)) return { type: 'cifs', program: 'mount.cifs', source: slashes };
  if (/^(?:[\w.-]+|\[[\da-f:]+\]):\//i.test(path)) return { type: 'nfs', program: 'mount.nfs', source: path };
  throw new OstlerError('NETWORK_FOLDER_PATH', { path });
}

/** mount.cifs(8), "credentials": in memory, for root alone, and gone as soon as the folder is connected. */
async function credentialsFile({ account, password }: NetworkFolder): Promise<{ readonly path: string } & AsyncDisposable> {
  const [, domain, user = account] = /^([^\\]+)\\(.+)$/.exec(account) ?? [];
  if (/[\r\n]/.test(password)) {
    throw new OstlerError('SETTING_INVALID', {
      setting: 'The password of the network folder',
      value: '(hidden)',
      problem: 'it has a line break.',
    });
  }
  const folder = await openPrivateFolder(`/dev/shm/ostler-credentials-${process.pid}`);
  const path = join(folder.path, 'credentials');
  const lines = [`username=${user}`, `password=${password}`, ...(domain === undefined ? [] : [`domain=${domain}`])];
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}
