/** One server a data directory: a file with the process id of the one that has it. */
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { OstlerError } from '@ostler/contract';
import { unusable, type DataDirectory } from './data-directory.ts';

/** Makes the data directory where it is missing. @throws OstlerError DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_UNUSABLE */
export async function lockDataDirectory({ root, lock }: Pick<DataDirectory, 'root' | 'lock'>): Promise<AsyncDisposable> {
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    const stale = await readOwner(lock);
    if (stale !== null && (await isRunning(stale))) throw new OstlerError('DATA_DIRECTORY_IN_USE', { pid: stale.pid, path: root });
    await rm(lock, { force: true });
    await writeOwner(lock);
  } catch (error) {
    throw error instanceof OstlerError ? error : unusable(root, error);
  }
  return { [Symbol.asyncDispose]: () => rm(lock, { force: true }) };
}

interface Owner {
  readonly pid: number;
  /** When the process began, in clock ticks since boot: the same number with the same pid is the same process. */
  readonly startTicks: string;
}

async function readOwner(path: string): Promise<Owner | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [, pid, startTicks = ''] = /^(\d+) (\S*)\n$/.exec(text) ?? [];
  return pid === undefined ? null : { pid: Number(pid), startTicks };
}

async function isRunning({ pid, startTicks }: Owner): Promise<boolean> {
  const ticks = await startTicksOf(pid);
  return ticks !== null && ticks === startTicks;
}

/** Exclusive creation: of two servers that start at the same moment one fails. */
async function writeOwner(path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  await file.writeFile(`${process.pid} ${(await startTicksOf(process.pid)) ?? ''}\n`);
  await file.close();
}

/** Field 22 of /proc/<pid>/stat (proc(5)); null when there is no such process. */
async function startTicksOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The program's name, in parentheses, may hold anything: count from behind it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
