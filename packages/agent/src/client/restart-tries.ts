/** How often the computer was restarted into the boot environment for a run and came back to its disk instead: it must not go on for ever. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Id } from '@ostler/contract';
import { z } from 'zod';
import { writeFileAtomically } from '../atomic-file.ts';

const mostTries = 2;
const Tries = z.object({ runId: Id, count: z.number().int() });

export interface RestartTries {
  /** Counts one more for this run. @returns false when there were enough */
  another(runId: string): Promise<boolean>;
}

/** Kept in the agent's folder, which is emptied at the end of each run. */
export function restartTriesIn(folder: string): RestartTries {
  const path = join(folder, 'restarts.json');
  return {
    another: async (runId) => {
      const kept = await read(path);
      const count = (kept?.runId === runId ? kept.count : 0) + 1;
      if (count > mostTries) return false;
      await writeFileAtomically(path, JSON.stringify({ runId, count }), 0o600);
      return true;
    },
  };
}

async function read(path: string): Promise<z.output<typeof Tries> | null> {
  try {
    return Tries.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}
