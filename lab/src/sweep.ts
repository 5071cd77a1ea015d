/**
 * Removes what labs leave behind: namespaces with the programs in them, and working directories. A lab cleans up after itself;
 * this is for one that was killed. What belongs to a lab that still runs is left alone.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { readLabName } from './lab-names.ts';

/** @returns the names of what was removed */
export async function sweep(roots: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  const { stdout } = await run('ip', ['netns', 'list'], { signal });
  const namespaces = stdout
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter(isLeftOver);
  for (const namespace of namespaces) await removeNamespace(namespace);
  const directories: string[] = [];
  for (const root of roots) {
    for (const entry of await readdir(root).catch(() => [])) if (isLeftOver(entry)) directories.push(join(root, entry));
  }
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
  return [...namespaces, ...directories];
}

function isLeftOver(name: string): boolean {
  const id = readLabName(name);
  return id !== null && !isRunning(id.pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends what runs in the namespace and removes it, with its interfaces. Takes no signal: it is the clean-up after an abort. */
export async function removeNamespace(name: string): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  const { stdout } = await run('ip', ['netns', 'pids', name], { signal, okExitCodes: [0, 1, 255] });
  for (const pid of stdout.split('\n').filter(Boolean).map(Number)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  await run('ip', ['netns', 'delete', name], { signal, okExitCodes: [0, 1] });
}
