/** Lets a job report as often as it likes and writes a few times a second; the last report is always written. */
import type { Progress } from '@ostler/contract';
import type { Logger } from 'pino';

export interface ProgressThrottle {
  report(progress: Progress): void;
  /** Writes what has not been written, and settles when nothing is being written. */
  finish(): Promise<void>;
}

export function throttleProgress(write: (progress: Progress) => Promise<void>, everyMs: number, log: Logger): ProgressThrottle {
  let waiting: Progress | null = null;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();
  const flush = (): void => {
    const progress = waiting;
    waiting = null;
    if (progress === null) return;
    writing = writing.then(() => write(progress)).catch((error: unknown) => log.warn({ err: error }, 'progress could not be written'));
  };
  const beat = (): void => {
    timer = null;
    if (waiting === null) return;
    flush();
    timer = setTimeout(beat, everyMs);
  };
  return {
    report: (progress) => {
      waiting = progress;
      if (timer !== null) return;
      flush();
      timer = setTimeout(beat, everyMs);
    },
    finish: async () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      flush();
      await writing;
    },
  };
}
