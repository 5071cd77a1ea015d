/** Starts `./ostler serve` on a data directory and waits until it is ready; ends it, or kills it as a power cut would. */
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start, type RunningProgram } from '@ostler/imaging/run';
import type { Fetch } from '@ostler/contract';
import { httpsFetch } from './https-fetch.ts';
import type { Inside } from './network.ts';

export interface ServerPlace {
  /** The checkout that holds `./ostler`. */
  readonly repository: string;
  readonly dataDirectory: string;
  /** What it shares with other servers of its site, which its flags name too; null or left out: it is the only one. */
  readonly sharedDirectory?: string | null;
  /** Everything the server prints goes here, one start after another. */
  readonly logFile: string;
  readonly address: string;
  readonly httpsPort: number;
  readonly httpPort: number;
  /** More flags of `ostler serve`. */
  readonly flags: readonly string[];
  /** Wraps the command, to run it inside a namespace. */
  readonly inside: (program: string, args: readonly string[]) => Inside;
}

export interface Server {
  readonly url: string;
  readonly caPem: string;
  readonly fetch: Fetch;
  readonly program: RunningProgram;
}

/** A busy computer needs longer. */
const readyWithinMs = 180_000;

/** The server has ended of itself: it does not start on this data directory. */
export class ServerEnded extends Error {}

/** @throws ServerEnded, or Error when it is not ready in time, with the end of the server's log */
export async function startServer(place: ServerPlace, signal: AbortSignal): Promise<Server> {
  const flags = ['--data-directory', place.dataDirectory, '--site-address', place.address, '--listen-address', place.address];
  const ports = ['--https-port', String(place.httpsPort), '--http-port', String(place.httpPort)];
  const command = place.inside(join(place.repository, 'ostler'), ['serve', ...flags, ...ports, ...place.flags]);
  const log = createWriteStream(place.logFile, { flags: 'a' });
  const program = await start(command.program, command.args, { cwd: place.repository, onOutput: (text) => void log.write(text) });
  const ended = new AbortController();
  void program.exited.then((code) => {
    log.end();
    ended.abort(new Error(`the server ended with exit code ${code}`));
  });
  const url = `https://${place.address}:${place.httpsPort}`;
  try {
    const caPem = await waitUntilReady(
      url,
      place.sharedDirectory ?? place.dataDirectory,
      AbortSignal.any([signal, ended.signal, AbortSignal.timeout(readyWithinMs)]),
    );
    return { url, caPem, fetch: httpsFetch(caPem), program };
  } catch (cause) {
    const Failure = ended.signal.aborted ? ServerEnded : Error;
    await program.stop(5000);
    signal.throwIfAborted();
    const tail = (await readFile(place.logFile, 'utf8').catch(() => '')).trim().split('\n').slice(-5).join('\n');
    throw new Failure(`The server did not become ready. The end of its log (${place.logFile}):\n${tail}`, { cause });
  }
}

async function waitUntilReady(url: string, dataDirectory: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const caPem = await readFile(join(dataDirectory, 'certificates', 'ca.pem'), 'utf8').catch(() => null);
    if (caPem !== null && (await isReady(url, caPem, signal))) return caPem;
    await sleep(200, undefined, { signal });
  }
}

async function isReady(url: string, caPem: string, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await httpsFetch(caPem)(`${url}/readyz`, { method: 'GET', headers: {}, signal });
    return answer.status === 200;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
