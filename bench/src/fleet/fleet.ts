/** A fleet against a site of its own, from an empty database to the figures: requests, times, losses, what the server and PostgreSQL used. */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from '@ostler/lab/server-program';
import { startPostgresCluster, type PostgresCluster } from '@ostler/testkit/postgres-cluster';
import { seconds as secondsText, timeMs, type Row } from '../measure.ts';
import { forgetPeak, readUsage, type Usage } from '../process-usage.ts';
import { signIn, startSite } from '../site.ts';
import { findLosses } from './check-runs.ts';
import { compare } from './comparison.ts';
import type { SiteName } from './line.ts';
import { enrolAll, putLoad } from './load.ts';
import { machinesOf, prepareSite } from './prepare-site.ts';
import { Traffic, type Answered } from './traffic.ts';

export const fleetDatabases = { sqlite: 'SQLite', postgresql: 'PostgreSQL' } as const;
export type FleetDatabase = keyof typeof fleetDatabases;

export interface FleetOptions {
  readonly devices: number;
  readonly deploying: number;
  readonly seconds: number;
  readonly database: FleetDatabase;
  readonly rounds: number;
  /** Where the server's CPU profile goes; null: none is made. */
  readonly profileDirectory: string | null;
}

export interface FleetResult {
  readonly rows: readonly Row[];
  readonly kinds: readonly Answered[];
  /** What must not be: errors, requests without an answer, losses; empty where all is well. */
  readonly problems: readonly string[];
  /** Of the machine, when the load began and when it ended. */
  readonly loadAverages: readonly [number, number];
}

const ports = { https: 18_543, http: 18_180, plain: 18_544 } as const;
const stopWithinMs = 30_000;

type Say = (line: string) => void;

export async function measureFleet(options: FleetOptions, say: Say, signal: AbortSignal): Promise<FleetResult> {
  await using cleanUp = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'ostler-fleet-'));
  cleanUp.defer(() => rm(directory, { recursive: true, force: true }));
  const cluster = options.database === 'postgresql' ? cleanUp.use(await startCluster()) : null;
  const dataDirectory = join(directory, 'site');
  const profile = options.profileDirectory;
  const place = {
    dataDirectory,
    logFile: join(directory, 'server.log'),
    address: '127.0.0.1',
    httpsPort: ports.https,
    httpPort: ports.http,
    flags: ['--log-level', 'warn', ...(cluster === null ? [] : ['--database-url', urlOf(cluster)])],
    nodeFlags: profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${options.database}.cpuprofile`],
  };
  const server = await startSite(place, signal);
  cleanUp.defer(() => server.program.stop(stopWithinMs));
  const site = { name: place.address, addresses: [place.address], httpsPort: ports.https, httpPort: ports.http, caPem: server.caPem };
  return await measureSite({ options, server, cluster, dataDirectory, site, say }, signal);
}

interface Measured {
  readonly options: FleetOptions;
  readonly server: Server;
  readonly cluster: PostgresCluster | null;
  readonly dataDirectory: string;
  readonly site: SiteName;
  readonly say: Say;
}

async function measureSite({ options, server, cluster, dataDirectory, site, say }: Measured, signal: AbortSignal): Promise<FleetResult> {
  const { devices, deploying, seconds, database, rounds } = options;
  const name = fleetDatabases[database];
  const machines = machinesOf(devices, deploying);
  say(`${name}: importing ${devices.toLocaleString('en')} devices …`);
  const client = await signIn(server, dataDirectory, signal);
  await prepareSite(client, server.fetch, machines, signal);
  say(`${name}: ${machines.clients.length.toLocaleString('en')} clients enrol …`);
  const enrolment = new Traffic();
  const enrolledMs: { value: number } = { value: 0 };
  const clients = await timed(enrolledMs, () => enrolAll(site, machines.clients, enrolment, signal));
  say(`${name}: ${deploying.toLocaleString('en')} computers deploy, ${clients.length.toLocaleString('en')} poll …`);
  const traffic = new Traffic();
  const loadBefore = loadavg()[0] ?? 0;
  const used = await usageMeter(server.program.pid, cluster);
  const loadMs: { value: number } = { value: 0 };
  const runs = await timed(loadMs, () => putLoad({ site, machines, clients, seconds, traffic, say }, signal));
  const usage = await used();
  const loadAfter = loadavg()[0] ?? 0;
  say(`${name}: looking for losses …`);
  const losses = await findLosses(client, runs, signal);
  say(`${name}: comparing …`);
  const certificates = join(dataDirectory, 'certificates');
  const pair = { certificate: join(certificates, 'server.pem'), key: join(certificates, 'server.key') };
  const compared = await compare({ site, spare: machines.spare, clients, ...pair, plainPort: ports.plain, database: name, rounds }, signal);
  const notBegun = deploying - runs.length;
  const { errors, lost } = traffic.total();
  return {
    rows: [...loadRows(options, { enrolment, enrolledMs: enrolledMs.value, traffic, loadMs: loadMs.value, usage }), ...compared],
    kinds: traffic.byKind(),
    problems: [
      ...enrolment.problems(),
      ...traffic.problems(),
      ...(errors + lost > 0 ? [`${errors} errors, ${lost} without an answer`] : []),
      ...(notBegun > 0 ? [`${notBegun} computers have begun no run`] : []),
      ...losses,
    ],
    loadAverages: [loadBefore, loadAfter],
  };
}

async function timed<T>(took: { value: number }, work: () => Promise<T>): Promise<T> {
  const result: { value?: T } = {};
  took.value = await timeMs(async () => {
    result.value = await work();
  });
  // Safe: the work has ended.
  return result.value as T;
}

interface LoadUsage {
  readonly server: Usage;
  /** null: it is inside the server. */
  readonly databaseCpuSeconds: number | null;
}

/** @returns what was used since, by the server and by PostgreSQL */
async function usageMeter(serverPid: number, cluster: PostgresCluster | null): Promise<() => Promise<LoadUsage>> {
  await forgetPeak(serverPid);
  const before = await readUsage(serverPid);
  const databaseBefore = cluster === null ? null : await readUsage(cluster.pid);
  return async () => {
    const { cpuSeconds, peakResidentBytes } = await readUsage(serverPid);
    const databaseAfter = cluster === null ? null : await readUsage(cluster.pid);
    return {
      server: { cpuSeconds: cpuSeconds - before.cpuSeconds, peakResidentBytes },
      databaseCpuSeconds: databaseAfter === null ? null : databaseAfter.cpuSeconds - (databaseBefore?.cpuSeconds ?? 0),
    };
  };
}

interface LoadFigures {
  readonly enrolment: Traffic;
  readonly enrolledMs: number;
  readonly traffic: Traffic;
  readonly loadMs: number;
  readonly usage: LoadUsage;
}

function loadRows({ devices, deploying, database }: FleetOptions, { enrolment, enrolledMs, traffic, loadMs, usage }: LoadFigures): Row[] {
  const name = fleetDatabases[database];
  const scale = `${devices.toLocaleString('en')} devices, ${deploying.toLocaleString('en')} deploying, ${name}`;
  const alone = { against: '–', theirs: '–', ratio: null } as const;
  const total = traffic.total();
  const databaseUse = usage.databaseCpuSeconds === null ? '' : `, PostgreSQL ${usage.databaseCpuSeconds.toFixed(1)} CPU s`;
  const perRequestMs = (usage.server.cpuSeconds / total.count) * 1000;
  return [
    {
      ...alone,
      what: `enrolment of clients, ${name}`,
      ours: wordsOf(enrolment.total(), enrolledMs),
      expected: '0 errors',
      bound: 'one core: the handshake of a new connection, two transactions each',
    },
    {
      ...alone,
      what: scale,
      ours: wordsOf(total, loadMs),
      expected: '0 errors',
      bound: 'the pace of the fleet, until the server’s one core is full',
    },
    {
      ...alone,
      what: `the server meanwhile, ${name}`,
      ours: `${usage.server.cpuSeconds.toFixed(1)} CPU s in ${secondsText(loadMs)}${databaseUse}; ${perRequestMs.toFixed(2)} CPU ms a request; peak ${Math.round(usage.server.peakResidentBytes / 1e6)} MB`,
      expected: '< 1,000 MB',
      bound: 'one core: TLS, JSON, queries; memory: a TLS connection for each computer that deploys',
    },
  ];
}

function wordsOf({ count, p50Ms, p95Ms, p99Ms, errors }: Answered, ms: number): string {
  const rate = Math.round(count / (ms / 1000)).toLocaleString('en');
  const times = `p50 ${p50Ms.toFixed(0)} ms, p95 ${p95Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms`;
  return `${rate} requests/s, ${times}, ${errors} errors`;
}

async function startCluster(): Promise<PostgresCluster> {
  const cluster = await startPostgresCluster('as-shipped');
  if (cluster === null) throw new Error('PostgreSQL is not installed: run `./ostler` once, or install the package postgresql.');
  return cluster;
}

function urlOf({ socketFolder }: PostgresCluster): string {
  return `postgres://postgres@localhost/postgres?host=${encodeURIComponent(socketFolder)}`;
}
