/** Work that a server does again and again by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

export interface Repeating {
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
  readonly log: Logger;
}

/**
 * At once, and then so long after each end, until the server stops. Work that fails is logged and done again the next time.
 * @param name what it is, for the log
 */
export async function repeat(name: string, everyMs: number, { stopping, log }: Repeating, work: () => Promise<void>): Promise<void> {
  while (!stopping.aborted) {
    try {
      await work();
    } catch (error) {
      if (!stopping.aborted) log.error({ err: error, work: name }, 'work that is done again and again has failed');
    }
    await sleep(everyMs, undefined, { signal: stopping, ref: false }).catch(() => undefined);
  }
}
