/** A fleet against a site of its own, from an empty database to the figures: requests, times, losses, what the server and PostgreSQL used. */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { seconds as secondsText, timeMs, type Row } from '../measure.ts';
import { siteDatabases, type SiteDatabase } from '../options.ts';
import { findLosses } from './check-runs.ts';
import { compare } from './comparison.ts';
import { startServers, type FleetServers, type LoadUsage } from './fleet-servers.ts';
import { enrolAll, putLoad } from './load.ts';
import { machinesOf, prepareSite } from './prepare-site.ts';
import { Traffic, type Answered } from './traffic.ts';

export interface FleetOptions {
  readonly devices: number;
  readonly deploying: number;
  readonly seconds: number;
  readonly database: SiteDatabase;
  /** Of two, one is killed in the middle. */
  readonly servers: 1 | 2;
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

const plainPort = 18_544;

type Say = (line: string) => void;

/** `SQLite`; `PostgreSQL, two servers`. */
export function siteName({ database, servers }: Pick<FleetOptions, 'database' | 'servers'>): string {
  return servers === 1 ? siteDatabases[database] : `${siteDatabases[database]}, two servers of which one is killed`;
}

export async function measureFleet(options: FleetOptions, say: Say, signal: AbortSignal): Promise<FleetResult> {
  await using cleanUp = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'ostler-fleet-'));
  cleanUp.defer(() => rm(directory, { recursive: true, force: true }));
  const servers = cleanUp.use(await startServers({ ...options, directory }, signal));
  return await measureServers(options, servers, say, signal);
}

async function measureServers(options: FleetOptions, servers: FleetServers, say: Say, signal: AbortSignal): Promise<FleetResult> {
  const { devices, deploying, seconds, rounds } = options;
  const { client, site } = servers;
  const name = siteName(options);
  const machines = machinesOf(devices, deploying);
  say(`${name}: importing ${devices.toLocaleString('en')} devices …`);
  await prepareSite(client, servers.fetch, machines, signal);
  say(`${name}: ${machines.clients.length.toLocaleString('en')} clients enrol …`);
  const enrolment = new Traffic();
  const enrolledMs: { value: number } = { value: 0 };
  const clients = await timed(enrolledMs, () => enrolAll(site, machines.clients, enrolment, signal));
  say(`${name}: ${deploying.toLocaleString('en')} computers deploy, ${clients.length.toLocaleString('en')} poll …`);
  const traffic = new Traffic();
  const { clientPollSeconds: pollSeconds } = await client.call('site.get', {}, signal);
  const loadBefore = loadavg()[0] ?? 0;
  const used = await servers.meter();
  const loadMs: { value: number } = { value: 0 };
  const midway = options.servers === 1 ? null : () => servers.kill();
  const runs = await timed(loadMs, () => putLoad({ site, machines, clients, seconds, pollSeconds, traffic, midway, say }, signal));
  const usage = await used();
  const loadAfter = loadavg()[0] ?? 0;
  say(`${name}: looking for losses …`);
  const losses = await findLosses(client, runs, signal);
  const comparison = { ...servers, spare: machines.spare, clients, plainPort, database: name, rounds };
  const compared = options.servers === 1 ? await compare(comparison, signal) : [];
  return {
    rows: [...loadRows(options, { enrolment, enrolledMs: enrolledMs.value, traffic, loadMs: loadMs.value, usage }), ...compared],
    kinds: traffic.byKind(),
    problems: [...enrolment.problems(), ...trafficProblems(options, traffic, runs.length), ...losses],
    loadAverages: [loadBefore, loadAfter],
  };
}

/** Where a server is killed, what it was asked at that moment has no answer. */
function trafficProblems({ servers, deploying }: FleetOptions, traffic: Traffic, begun: number): string[] {
  const { errors, lost } = traffic.total();
  return [
    ...traffic.problems(),
    ...(errors > 0 || (lost > 0 && servers === 1) ? [`${errors} errors, ${lost} without an answer`] : []),
    ...(begun < deploying ? [`${deploying - begun} computers have begun no run`] : []),
  ];
}

async function timed<T>(took: { value: number }, work: () => Promise<T>): Promise<T> {
  const result: { value?: T } = {};
  took.value = await timeMs(async () => {
    result.value = await work();
  });
  // Safe: the work has ended.
  return result.value as T;
}

interface LoadFigures {
  readonly enrolment: Traffic;
  readonly enrolledMs: number;
  readonly traffic: Traffic;
  readonly loadMs: number;
  readonly usage: LoadUsage;
}

function loadRows(options: FleetOptions, { enrolment, enrolledMs, traffic, loadMs, usage }: LoadFigures): Row[] {
  const { devices, deploying } = options;
  const name = siteName(options);
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
      what: `the server${options.servers === 1 ? '' : 's'} meanwhile, ${name}`,
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
