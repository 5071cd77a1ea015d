/** The log of a run as the agent writes it: one file a run, appended by offset so that a piece sent twice is kept once. */
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OstlerError } from '@ostler/contract';
import { isMissingFile } from '../is-missing-file.ts';

/** A machine cannot fill the server's disk with its log. */
export const runLogLimitBytes = 64 * 1024 * 1024;

export interface RunLog {
  pathOf(runId: string): string;
  sizeOf(runId: string): Promise<number>;
  /** @returns the size after it. @throws OstlerError RUN_LOG_OFFSET, RUN_LOG_FULL */
  append(runId: string, offset: number, piece: Uint8Array): Promise<number>;
  /** One that is not there is no error. */
  remove(runId: string): Promise<void>;
}

export function createRunLog(folder: string): RunLog {
  const pathOf = (runId: string): string => join(folder, `${runId}.log`);
  const sizeOf = async (runId: string): Promise<number> => {
    try {
      return (await stat(pathOf(runId))).size;
    } catch (error) {
      if (isMissingFile(error)) return 0;
      throw error;
    }
  };
  return {
    pathOf,
    sizeOf,
    append: async (runId, offset, piece) => {
      const size = await sizeOf(runId);
      const known = size - offset;
      // A piece that has partly arrived before: the answer to it was lost.
      if (known < 0 || known > piece.length) throw new OstlerError('RUN_LOG_OFFSET', { actual: size, offset });
      if (offset + piece.length > runLogLimitBytes) throw new OstlerError('RUN_LOG_FULL', { limitBytes: runLogLimitBytes });
      await using file = await open(pathOf(runId), 'a', 0o600);
      await file.writeFile(piece.subarray(known));
      return offset + piece.length;
    },
    remove: (runId) => rm(pathOf(runId), { force: true }),
  };
}
