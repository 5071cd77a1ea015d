/**
 * Where the operating system is that conditions ask of: in the installed system the running one; in the boot environment the one
 * that this run applied, and before that the one found on the disks. It is read where it is, and never started.
 */
import { join } from 'node:path';
import { OstlerError, type Environment } from '@ostler/contract';
import { pathInside, type ImagingPort } from '@ostler/imaging';
import type { VariableScope } from '@ostler/task-sequence';
import type { ImagingOperations } from '../imaging-operations.ts';
import { currentPath, type Target } from '../target.ts';

export interface SystemTree {
  readonly family: 'linux' | 'windows';
  readonly root: string;
}

export interface SystemTreeSources {
  readonly environment: Environment;
  /** `/`, or a folder that looks like it. */
  readonly root: string;
  readonly target: Pick<Target, 'root' | 'rootPath' | 'stateDirectory' | 'mountSystem'>;
  readonly imaging: Pick<ImagingOperations, 'listDisks' | 'lookInto'>;
  readonly variables: Pick<VariableScope, 'get'>;
  readonly port: ImagingPort;
}

/** Where a disk's file system is mounted while it is looked into, beside the target's own mounts. */
const lookFolder = 'look';

/**
 * Lets `work` read in the operating system's tree, while it is mounted.
 * @returns null where the computer has no operating system
 * @throws OstlerError CONDITION_UNANSWERABLE where a disk is encrypted or part of something larger, so that nobody can tell
 */
export async function withSystemTree<T>(
  sources: SystemTreeSources,
  work: (tree: SystemTree) => Promise<T>,
): Promise<{ readonly result: T } | null> {
  if (sources.environment === 'installed-os') return { result: await work({ family: 'linux', root: sources.root }) };
  const applied = sources.target.root(sources.variables);
  if (applied === undefined) return lookOnDisks(sources, work);
  if (applied.fileSystem !== 'ntfs') return { result: await work({ family: 'linux', root: await mountedTarget(sources) }) };
  return lookAt(await currentPath(applied), sources, work);
}

/** The applied Linux system: mounted as the steps have it, with all that belongs below it. */
async function mountedTarget({ target, variables, port }: SystemTreeSources): Promise<string> {
  return target.stateDirectory() === null ? target.mountSystem(variables, port) : target.rootPath;
}

async function lookOnDisks<T>(sources: SystemTreeSources, work: (tree: SystemTree) => Promise<T>): Promise<{ readonly result: T } | null> {
  const disks = await sources.imaging.listDisks(sources.port);
  const closed: string[] = [];
  for (const { path } of disks.filter(({ index }) => index !== undefined).flatMap(({ partitions }) => partitions)) {
    const found = await lookAt(path, sources, work).catch((thrown: unknown) => {
      if (!(thrown instanceof ClosedVolume)) throw thrown;
      closed.push(thrown.message);
      return null;
    });
    if (found !== null) return found;
  }
  if (closed.length === 0) return null;
  throw new OstlerError('CONDITION_UNANSWERABLE', { question: 'the operating system', problem: closed.join('; ') });
}

class ClosedVolume extends Error {}

async function lookAt<T>(
  device: string,
  { imaging, target, port }: SystemTreeSources,
  work: (tree: SystemTree) => Promise<T>,
): Promise<{ readonly result: T } | null> {
  const mountPoint = join(target.rootPath, '..', lookFolder);
  const look = await imaging.lookInto({ device, mountPoint }, port, async (root) => {
    const family = await familyOf(root);
    return family === null ? null : { result: await work({ family, root }) };
  });
  if (look.kind === 'closed') throw new ClosedVolume(`${device} ${look.why}`);
  return look.kind === 'seen' ? look.result : null;
}

async function familyOf(root: string): Promise<SystemTree['family'] | null> {
  for (const path of ['etc/os-release', 'usr/lib/os-release']) {
    if ((await pathInside(root, path, { ignoreCase: false })) !== null) return 'linux';
  }
  return (await pathInside(root, 'Windows/System32/config/SOFTWARE', { ignoreCase: true })) === null ? null : 'windows';
}
