/** A package's content as files in a folder, for the step that runs something from it. Gone when the step has ended. */
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Package } from '@ostler/contract';
import { installedDirectory } from '../config.ts';
import { transferPort, type StepContext } from './step-context.ts';

export interface PackageFolder extends AsyncDisposable {
  /** The folder, as the agent sees it. */
  readonly path: string;
  /** The same as a program inside `root` sees it. */
  readonly pathInside: string;
}

/** @param root where the applied system is mounted, for a program that runs inside it; null: for one that runs here. */
export async function openPackageFolder(found: Package, root: string | null, context: StepContext): Promise<PackageFolder> {
  const pathInside = join(root === null ? workDirectory(context) : installedDirectory, 'packages', found.id);
  const path = root === null ? pathInside : join(root, pathInside);
  await rm(path, { recursive: true, force: true });
  await placePackage(found, path, context);
  return {
    path,
    pathInside,
    [Symbol.asyncDispose]: async () => rm(path, { recursive: true, force: true }),
  };
}

/** Lays the package's content into the folder: its file, or what its archive holds. */
export async function placePackage(found: Package, folder: string, context: StepContext): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const file = join(folder, found.fileName);
  await context.content.download(found.content, file, transferPort(context, `Downloading ${found.name}`));
  if (found.kind === 'archive' || found.kind === 'drivers') {
    await context.imaging.run('tar', ['--extract', '--file', file, '--directory', folder], { signal: context.signal });
    await rm(file);
  } else if (found.kind === 'script') {
    await chmod(file, 0o755);
  }
}

/** On a disk where there is one, else in the memory of the boot environment. */
export function workDirectory({ target, stateDirectory }: Pick<StepContext, 'target' | 'stateDirectory'>): string {
  return target.stateDirectory() ?? stateDirectory;
}
