/**
 * Finding everything that a program has started, also what left its process group (setsid(2), daemons): each inherits a variable with a random
 * name. A program that starts another with an emptied environment takes it out of reach.
 */
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/** What is forked while its parent is being killed is found in the next round. */
const roundMs = 50;

export interface ProcessMark {
  readonly env: Readonly<Record<string, string>>;
  /** Kills every process that has the mark, until there is none or the signal aborts: some wait for a disk and cannot be ended. Never rejects. */
  killAll(signal: AbortSignal): Promise<void>;
}

/** A new mark. It is in the name, so that the marks of programs inside each other do not replace one another. */
export function createProcessMark(): ProcessMark {
  const name = `OSTLER_STARTED_BY_${randomBytes(8).toString('hex')}`;
  return {
    env: { [name]: '1' },
    killAll: async (signal) => {
      while (!signal.aborted) {
        const found = await processesWith(`${name}=1`);
        if (found.length === 0) return;
        for (const pid of found) kill(pid);
        await setTimeout(roundMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

/** proc_pid_environ(5): the environment that a process began with. A dead one has none. */
async function processesWith(assignment: string): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const marked = await Promise.all(pids.map(async (pid) => (await environmentOf(pid)).includes(assignment)));
  return pids.filter((_, order) => marked[order]);
}

async function environmentOf(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')).split('\0');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
