/** `ostler bench`: measures against the plain tools in the same run, prints the table and saves it as docs/measurements.md. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Server } from '@ostler/lab/server-program';
import { collections } from './collections/measurement.ts';
import { makeCorpus } from './corpus.ts';
import { measureDeployment, readDeployment } from './deployment-rows.ts';
import { contentFolder, measureDownload } from './download-rows.ts';
import { measureEngine } from './engine-rows.ts';
import { runFleetCommand } from './fleet/command.ts';
import { measureImaging } from './imaging-rows.ts';
import { measureImport } from './import-row.ts';
import { runLargeCommand } from './large-site/command.ts';
import type { Row } from './measure.ts';
import { monitoring } from './monitoring/measurement.ts';
import { mainSection, printLine, saveSection } from './output.ts';
import { repository, signIn, startSite } from './site.ts';

const measurements = join(repository, 'docs/measurements.md');
const ports = { https: 18_443, http: 18_080, nginx: 18_444 } as const;

/** What is measured by itself. Each answers the exit code. */
const commands: Readonly<Record<string, (words: readonly string[], output: string, signal: AbortSignal) => Promise<number>>> = {
  fleet: runFleetCommand,
  collections: (...all) => runLargeCommand(collections, ...all),
  monitoring: (...all) => runLargeCommand(monitoring, ...all),
};

const help = `Usage: ostler bench [--rounds N] [--no-deployment | --lab-report FILE] [--output FILE]
       ostler bench collections | monitoring | fleet …

Measures Ostler against the plain tools, in turn and in the same run, and saves the table.

  --rounds N        rounds of each measurement, 3 by default
  --no-deployment   leave out the deployment of a virtual machine
  --lab-report FILE take the deployment's times from what \`ostler lab --report FILE\` wrote
  --output FILE     where the table goes, docs/measurements.md by default

Each of these is measured by itself, on SQLite and on PostgreSQL, and has its own --help:
  collections       queries over 100,000 devices
  monitoring        status and reports of a deployment to 100,000 devices
  fleet             10,000 simulated computers that speak the agent's protocol`;

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
  printLine('Copying the files to measure with …');
  const tree = await makeCorpus(repository, directory);
  printLine('Capturing and applying …');
  const imaging = await measureImaging({ tree, directory, rounds, signal });
  printLine('Importing and downloading …');
  const site = await measureSite(bench, join(directory, 'ours.wim'));
  return [...engine, ...imaging, ...site, ...(await deployment())];
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

/** As shells have it: 128 and the number of the signal. */
const interruptedExitCode = 130;

async function main(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error('Interrupted.')));
  const [command, ...rest] = process.argv.slice(2);
  const byItself = command === undefined ? undefined : commands[command];
  try {
    if (byItself !== undefined) return await byItself(rest, measurements, stop.signal);
    await measureEverything(process.argv.slice(2), stop.signal);
    return 0;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    printLine('Interrupted: nothing was saved of what was being measured.');
    return interruptedExitCode;
  }
}

process.exitCode = await main();
