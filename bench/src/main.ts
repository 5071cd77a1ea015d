/** `ostler bench`: measures against the plain tools in the same run, prints the table and saves it as docs/measurements.md. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createClient, type Client } from '@ostler/contract';
import type { Server } from '@ostler/lab/server-program';
import { measureCollections } from './collection-rows.ts';
import { makeCorpus } from './corpus.ts';
import { measureDeployment, readDeployment } from './deployment-rows.ts';
import { contentFolder, measureDownload } from './download-rows.ts';
import { measureEngine } from './engine-rows.ts';
import { runFleetCommand } from './fleet/command.ts';
import { measureImaging } from './imaging-rows.ts';
import { measureImport } from './import-row.ts';
import type { Row } from './measure.ts';
import { mainSection, printLine, saveSection } from './output.ts';
import { repository, signIn, startSite } from './site.ts';

const measurements = join(repository, 'docs/measurements.md');
const ports = { https: 18_443, http: 18_080, nginx: 18_444 } as const;

const help = `Usage: ostler bench [--rounds N] [--no-deployment | --lab-report FILE] [--output FILE]
       ostler bench fleet …

Measures Ostler against the plain tools, in turn and in the same run, and saves the table.

  --rounds N        rounds of each measurement, 3 by default
  --no-deployment   leave out the deployment of a virtual machine
  --lab-report FILE take the deployment's times from what \`ostler lab --report FILE\` wrote
  --output FILE     where the table goes, docs/measurements.md by default

A simulated fleet is measured by itself: ostler bench fleet --help`;

interface Bench {
  readonly directory: string;
  readonly rounds: number;
  readonly signal: AbortSignal;
}

/** @param deployment measures the deployment, or reads what was measured, or answers no rows */
async function measureAll(bench: Bench, deployment: () => Promise<Row[]>): Promise<Row[]> {
  const { directory, signal, rounds } = bench;
  printLine('Running the engine …');
  const engine = await measureEngine(rounds, signal);
  printLine('Evaluating collections of 100,000 devices …');
  const collections = await measureCollectionSite(bench);
  printLine('Copying the files to measure with …');
  const tree = await makeCorpus(repository, directory);
  printLine('Capturing and applying …');
  const imaging = await measureImaging({ tree, directory, rounds, signal });
  printLine('Importing and downloading …');
  const site = await measureSite(bench, join(directory, 'ours.wim'));
  return [...engine, ...collections, ...imaging, ...site, ...(await deployment())];
}

/** A site of its own: its database grows large. */
async function measureCollectionSite({ directory, signal }: Bench): Promise<Row[]> {
  const dataDirectory = join(directory, 'collections-site');
  let token: string | null = null;
  const whileRunning = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
    const server = await start(directory, dataDirectory, signal);
    try {
      const client: Client =
        token === null ? await signIn(server, dataDirectory, signal) : createClient({ serverUrl: server.url, token, fetch: server.fetch });
      token = client.token;
      return await work(client);
    } finally {
      await server.program.stop(15_000);
    }
  };
  return measureCollections({ dataDirectory, whileRunning }, signal);
}

function start(directory: string, dataDirectory: string, signal: AbortSignal): Promise<Server> {
  const logFile = join(directory, 'server.log');
  const { https: httpsPort, http: httpPort } = ports;
  return startSite(
    { dataDirectory, sharedDirectory: null, logFile, address: '127.0.0.1', httpsPort, httpPort, flags: [], nodeFlags: [] },
    signal,
  );
}

/** The rows that need a running site. */
async function measureSite({ directory, rounds, signal }: Bench, wim: string): Promise<Row[]> {
  const dataDirectory = join(directory, 'site');
  const server = await start(directory, dataDirectory, signal);
  try {
    const client = await signIn(server, dataDirectory, signal);
    const { row, image } = await measureImport({ client, wim, directory, rounds, signal });
    const certificates = join(dataDirectory, 'certificates');
    const download = await measureDownload({
      directory,
      rounds,
      signal,
      serverUrl: server.url,
      serverPid: server.program.pid,
      token: client.token ?? '',
      caFile: join(certificates, 'ca.pem'),
      certificate: join(certificates, 'server.pem'),
      key: join(certificates, 'server.key'),
      content: { ...image.content, folder: contentFolder(dataDirectory, image.content.sha256) },
      nginxPort: ports.nginx,
    });
    return [row, ...download];
  } finally {
    await server.program.stop(15_000);
  }
}

async function measureEverything(words: readonly string[], signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      rounds: { type: 'string', default: '3' },
      'no-deployment': { type: 'boolean', default: false },
      'lab-report': { type: 'string' },
      output: { type: 'string', default: measurements },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    printLine(help);
    return;
  }
  const rounds = Math.max(1, Number(values.rounds));
  const directory = await mkdtemp(join(tmpdir(), 'ostler-bench-'));
  try {
    const deployment = async (): Promise<Row[]> => {
      if (values['no-deployment']) return [];
      if (values['lab-report'] !== undefined) return readDeployment(values['lab-report']);
      printLine('Deploying a virtual machine …');
      return measureDeployment(repository, signal, printLine);
    };
    const rows = await measureAll({ directory, rounds, signal }, deployment);
    const section = mainSection(rows, { date: new Date().toISOString().slice(0, 10), rounds });
    await saveSection(values.output, section);
    printLine(section.text);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error('Interrupted.')));
  const [command, ...rest] = process.argv.slice(2);
  if (command === 'fleet') return runFleetCommand(rest, measurements, stop.signal);
  await measureEverything(process.argv.slice(2), stop.signal);
  return 0;
}

process.exitCode = await main();
