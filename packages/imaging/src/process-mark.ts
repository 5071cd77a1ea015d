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
        const { marked, unclear } = await lookForMark(`${name}=1`);
        if (marked.length + unclear.length === 0) return;
        for (const pid of marked) kill(pid);
        await setTimeout(roundMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

interface Look {
  readonly marked: readonly number[];
  /** In the middle of execve(2): what they begin with cannot be read yet. */
  readonly unclear: readonly number[];
}

/** proc_pid_environ(5): the environment that a process began with. A dead one has none. */
async function lookForMark(assignment: string): Promise<Look> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const marked: number[] = [];
  const unclear: number[] = [];
  const look = async (pid: number): Promise<void> => {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => undefined);
    if (environment?.split('\0').includes(assignment)) marked.push(pid);
    else if (environment === '' && (await isStartingProgram(pid))) unclear.push(pid);
  };
  await Promise.all(pids.map(look));
  return { marked, unclear };
}

/** proc_pid_stat(5): whether it has memory (no kernel thread, no zombie) and its environment has no place in it yet, which one started with `env -i` has. */
async function isStartingProgram(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is a name that may have blanks and brackets in it; the first after it is the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): string | undefined => fields[number - 3];
  return field(3) !== 'Z' && field(23) !== '0' && field(51) === '0';
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
