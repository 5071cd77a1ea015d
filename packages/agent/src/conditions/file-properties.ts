/**
 * What conditions ask of files and folders. In the boot environment a path below the target's root is one of the applied system,
 * which is mounted for it, and a path with a drive letter is one of the Windows on the disk.
 */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { OstlerError } from '@ostler/contract';
import { pathInside } from '@ostler/imaging';
import type { FileProperties, FolderProperties } from '@ostler/task-sequence';
import { programVersion } from './program-version.ts';
import { withSystemTree, type SystemTreeSources } from './system-tree.ts';

type Read<T> = (place: string, found: Stats) => Promise<T | null>;

export function fileProperties(path: string, sources: SystemTreeSources): Promise<FileProperties | null> {
  return lookUp(path, sources, async (place, found) =>
    found.isFile() ? { modifiedMs: found.mtimeMs, version: await programVersion(place) } : null,
  );
}

export function folderProperties(path: string, sources: SystemTreeSources): Promise<FolderProperties | null> {
  return lookUp(path, sources, async (_place, found) => (found.isDirectory() ? { modifiedMs: found.mtimeMs } : null));
}

async function lookUp<T>(path: string, sources: SystemTreeSources, read: Read<T>): Promise<T | null> {
  const drive = /^(?<letter>[a-z]):[\\/](?<rest>.*)$/is.exec(path)?.groups;
  if (drive !== undefined) return onWindows(path, drive, sources, read);
  if (!isAbsolute(path)) throw unanswerable(path, 'the path must be absolute, and its variables must have values');
  const inTarget = relative(sources.target.rootPath, path);
  if (sources.environment === 'installed-os' || inTarget.startsWith('..')) return readAt(join(sources.root, path), read);
  const looked = await withSystemTree(sources, ({ root, family }) => readInside(root, inTarget, family === 'windows', read));
  if (looked === null) throw unanswerable(path, 'there is no operating system on the disks');
  return looked.result;
}

async function onWindows<T>(
  path: string,
  { letter, rest }: Record<string, string | undefined>,
  sources: SystemTreeSources,
  read: Read<T>,
): Promise<T | null> {
  if (letter?.toLowerCase() !== 'c') throw unanswerable(path, 'of the drives of a Windows on the disk only C: is known');
  const looked = await withSystemTree(sources, ({ root, family }) => {
    if (family !== 'windows') throw unanswerable(path, 'the operating system is Linux, which has no drive letters');
    return readInside(root, rest?.replaceAll('\\', '/') ?? '', true, read);
  });
  if (looked === null) throw unanswerable(path, 'there is no Windows on the disks');
  return looked.result;
}

async function readInside<T>(root: string, path: string, ignoreCase: boolean, read: Read<T>): Promise<T | null> {
  const place = await pathInside(root, path, { ignoreCase });
  return place === null ? null : readAt(place, read);
}

/** Whatever stops the look other than absence is thrown. */
async function readAt<T>(place: string, read: Read<T>): Promise<T | null> {
  const found = await stat(place).catch((thrown: unknown) => {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw thrown;
  });
  return found === null ? null : read(place, found);
}

function unanswerable(path: string, problem: string): OstlerError {
  return new OstlerError('CONDITION_UNANSWERABLE', { question: path, problem });
}
