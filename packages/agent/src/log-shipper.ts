/**
 * Sends the run's log to the server while it grows. The log file's name carries the server's offset of its first byte, so that
 * a new life of the agent knows what is sent and what is not.
 */
import { copyFile, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fillPath, isOstlerError, streamRoutes } from '@ostler/contract';
import type { Patience, ServerLink } from './server-link.ts';

const pieceBytes = 256 * 1024;
const pattern = /^ostler-(?<base>\d+)\.log$/;

export interface LogFile {
  readonly path: string;
  /** The server's offset of the file's first byte. */
  readonly baseBytes: number;
}

/** The log file of this folder: the one begun by an earlier life, or a new one that begins where the server's log ends. */
export async function findLogFile(directory: string, receivedBytes: number): Promise<LogFile> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const names = (await readdir(directory)).filter((name) => pattern.test(name));
  const bases = names.map((name) => Number(pattern.exec(name)?.groups?.['base'])).toSorted((a, b) => b - a);
  // A file that begins beyond what the server has belongs to another server's memory: begin anew.
  const baseBytes = bases.find((base) => base <= receivedBytes) ?? receivedBytes;
  return { path: join(directory, `ostler-${baseBytes}.log`), baseBytes };
}

export async function copyLogFile({ path, baseBytes }: LogFile, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await copyFile(path, join(directory, `ostler-${baseBytes}.log`));
}

export interface LogShipperOptions {
  readonly file: LogFile;
  readonly runId: string;
  readonly link: Pick<ServerLink, 'append'>;
  readonly receivedBytes: number;
}

export class LogShipper {
  readonly #options: LogShipperOptions;
  #sentBytes: number;
  /** The server takes no more of this log. */
  #isRefused = false;

  constructor(options: LogShipperOptions) {
    this.#options = options;
    this.#sentBytes = options.receivedBytes;
  }

  /** Sends everything that the file holds now. Each piece is tried for `patienceMs`. */
  async ship(signal: AbortSignal, patienceMs: number): Promise<void> {
    const { file } = this.#options;
    await using handle = await open(file.path, 'r');
    const buffer = Buffer.alloc(pieceBytes);
    while (!this.#isRefused) {
      const { bytesRead } = await handle.read(buffer, 0, pieceBytes, Math.max(0, this.#sentBytes - file.baseBytes));
      if (bytesRead === 0) return;
      const before = this.#sentBytes;
      this.#sentBytes = await this.#send(buffer.subarray(0, bytesRead), { signal, patienceMs });
      // A server that does not move on would keep us here for ever.
      if (this.#sentBytes === before) return;
    }
  }

  /** A server that has more or less than we thought says how much: the log goes on from there. */
  async #send(piece: Buffer, patience: Patience): Promise<number> {
    const { runId, link } = this.#options;
    const { path, contentType } = streamRoutes['agent.appendLog'];
    try {
      return await link.append(fillPath(path, { id: runId }), this.#sentBytes, piece, contentType, patience);
    } catch (error) {
      if (isOstlerError(error) && error.code === 'RUN_LOG_OFFSET') return Number(error.details['actual']);
      this.#isRefused = isOstlerError(error) && error.code === 'RUN_LOG_FULL';
      if (this.#isRefused) return this.#sentBytes;
      throw error;
    }
  }
}
