/** A real site for tests that need one: the server's own program on loopback, and the command line signed in to it. */
import { createServer, type AddressInfo } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, start, type Exit } from '@ostler/imaging/run';
import { temporaryDirectory } from './temporary-directory.ts';

const repository = dirname(dirname(dirname(import.meta.dirname)));
const commandLine = join(repository, 'packages/cli/src/main.ts');

export interface RunningSite extends AsyncDisposable {
  readonly directory: string;
  readonly url: string;
  readonly caFile: string;
  /** Where the server keeps its data. */
  readonly dataDirectory: string;
  /** Runs `ostler …` to its end, signed in or not; any exit code is an answer. */
  ostler(...args: readonly string[]): Promise<Exit>;
}

/** Starts a site that nobody has signed in to yet; its end removes everything. */
export async function startSite(signal: AbortSignal): Promise<RunningSite> {
  const directory = await temporaryDirectory();
  const [httpsPort, httpPort] = [await freePort(), await freePort()];
  const dataDirectory = join(directory.path, 'site');
  const logFile = join(directory.path, 'server.log');
  const flags = ['--data-directory', dataDirectory, '--listen-address', '127.0.0.1', '--site-address', '127.0.0.1', '--dhcp-mode', 'off'];
  const ports = ['--https-port', String(httpsPort), '--http-port', String(httpPort)];
  let log = '';
  const server = await start(join(repository, 'ostler'), ['serve', ...flags, ...ports], {
    onOutput: (text) => {
      log += text;
    },
  });
  const caFile = join(dataDirectory, 'certificates', 'ca.pem');
  const url = `https://127.0.0.1:${httpsPort}`;
  try {
    const ended = server.exited.then((exitCode) => {
      throw new Error(`It ended with exit code ${exitCode}.`);
    });
    while (!log.includes('Sign in')) await Promise.race([sleep(100, undefined, { signal }), ended]);
    ended.catch(() => undefined);
  } catch (cause) {
    await server.stop(1000);
    throw new Error(`The server did not start:\n${log}`, { cause });
  }
  return {
    directory: directory.path,
    url,
    caFile,
    dataDirectory,
    ostler: (...args) =>
      run(process.execPath, [commandLine, ...args], {
        signal,
        env: { XDG_CONFIG_HOME: join(directory.path, 'config') },
        okExitCodes: [0, 1, 130],
      }),
    [Symbol.asyncDispose]: async () => {
      await server.stop(10_000);
      await writeFile(logFile, log);
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** `ostler … | reader` in bash: any exit code of the two is an answer, the reader's or else that of `ostler`. */
export function pipeOstler(args: readonly string[], reader: string, signal: AbortSignal): Promise<Exit> {
  const line = `set -o pipefail; "$0" "$@" | ${reader}`;
  return run('bash', ['-c', line, process.execPath, commandLine, ...args], { signal, okExitCodes: [0, 1, 141] });
}

/** The one-time password that the server wrote at its first start. */
export async function firstPassword(site: RunningSite): Promise<string> {
  return (await readFile(join(site.dataDirectory, 'first-admin-password'), 'utf8')).trim();
}

/** A port of loopback that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  return port;
}
