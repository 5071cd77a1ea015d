/** The world of `ostler-client` and of the resident: what they read of this computer and change on it. */
import { rm, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { defaultTransferPolicy, hashFile } from '@ostler/content';
import { installedDirectory, readClientFile, type ClientFile } from '../config.ts';
import { networkBootEntry } from '../boot-entries.ts';
import { cacheFolderName, ContentCache } from '../content-cache.ts';
import { gatherFacts } from '../facts/gather-facts.ts';
import { realImaging } from '../imaging-operations.ts';
import { installClient, removeAgent, replacedExitCode, unitName } from '../install-agent.ts';
import type { Log } from '../log.ts';
import { restartComputer } from '../restart.ts';
import { ServerLink } from '../server-link.ts';
import { trustSite } from '../trust-site.ts';
import type { CommandWorld } from './commands.ts';
import { enrol } from './enrol.ts';
import { keepProgram } from './keep-program.ts';
import { PreDownload } from './pre-download.ts';
import { restartTriesIn } from './restart-tries.ts';
import type { Bell, ResidentWorld } from './resident.ts';

const bundlePath = fileURLToPath(new URL(import.meta.url));

export function linkTo(serverUrl: string, key: string | null): ServerLink {
  return new ServerLink({ serverUrl, key, fetch: globalThis.fetch, onConnection: () => undefined, firstWaitMs: 500 });
}

/** What people at the computer need of the disk meanwhile. */
const reserveBytes = 2 * 1024 ** 3;

export async function residentWorld(client: ClientFile, bell: Bell, log: Log, signal: AbortSignal): Promise<ResidentWorld> {
  const { sha256: ownSha256 } = await hashFile(bundlePath, { signal });
  const program = { serverUrl: client.server, bundlePath, ownSha256, fetch: globalThis.fetch, signal };
  const restart = (): void => process.exit(replacedExitCode);
  const link = linkTo(client.server, client.key);
  const cache = new ContentCache(join(installedDirectory, cacheFolderName));
  const transfer = { fetch: globalThis.fetch, policy: defaultTransferPolicy };
  return {
    client,
    link,
    log,
    bell,
    tries: restartTriesIn(installedDirectory),
    preDownload: new PreDownload({ cache, link, log, ...transfer, reserveBytes, random: Math.random }),
    restartIntoBootImage: async () => {
      const entry = client.networkBootEntry ?? (await networkBootEntry());
      const common = { environment: 'installed-os', target: 'boot-image', imaging: realImaging, log, signal } as const;
      await restartComputer({ ...common, networkBootEntry: entry });
    },
    keepProgram: (sha256) => keepProgram(sha256, { ...program, restart }),
  };
}

export function commandWorld(args: readonly string[], signal: AbortSignal): CommandWorld {
  const runProgram = async (program: string, words: readonly string[]): Promise<void> => {
    await realImaging.run(program, words, { signal });
  };
  return {
    args,
    isRoot: process.getuid?.() === 0,
    readClient: () => readClientFile(installedDirectory),
    connect: async ({ server, key, ca }) => {
      await trustSite(ca);
      return linkTo(server, key);
    },
    enrol: async ({ server, caFile, token }) => {
      const ca = await readFile(caFile, 'utf8');
      await trustSite(ca);
      const facts = await gatherFacts({ root: '/', listDisks: () => realImaging.listDisks({ signal }) });
      const say = (line: string): void => void process.stderr.write(`${line}\n`);
      const asked = { facts, computerName: hostname().split('.')[0] ?? '', token, askPassword: askHidden, say, signal };
      const { key, deviceName, siteName } = await enrol({ ...asked, link: linkTo(server, null) });
      await installClient('/', { server, key, ca, networkBootEntry: null });
      await rm(caFile, { force: true });
      for (const words of [['daemon-reload'], ['restart', unitName]]) await runProgram('systemctl', words);
      return `This computer is a client of ${siteName}, as ${deviceName}. ostler-client list shows what is offered to it.`;
    },
    uninstall: async () => {
      await runProgram('systemctl', ['stop', unitName]);
      await removeAgent('/');
      await runProgram('systemctl', ['daemon-reload']);
    },
    runProgram,
    readInput: () => text(process.stdin),
    print: (each) => void process.stdout.write(each),
    complain: (each) => void process.stderr.write(each),
    signal,
  };
}

/** The terminal echoes nothing while something is typed. */
async function askHidden(question: string): Promise<string> {
  process.stderr.write(`${question}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
