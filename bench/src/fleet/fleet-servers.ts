/** The servers that a fleet is put on: one, or two that share a PostgreSQL and a folder; what they use, and the death of one. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Client } from '@ostler/contract';
import type { Server } from '@ostler/lab/server-program';
import type { PostgresCluster } from '@ostler/testkit/postgres-cluster';
import type { SiteDatabase } from '../options.ts';
import { postgresUrl, startPostgres } from '../postgres.ts';
import { forgetPeak, readUsage, type Usage } from '../process-usage.ts';
import { signIn, startSite } from '../site.ts';
import type { SiteName } from './line.ts';

export interface ServersOptions {
  readonly directory: string;
  readonly database: SiteDatabase;
  /** Two share a PostgreSQL. */
  readonly servers: 1 | 2;
  /** Where the first server's CPU profile goes; null: none is made. */
  readonly profileDirectory: string | null;
}

export interface LoadUsage {
  /** Of all servers together; the peak is that of one. */
  readonly server: Usage;
  /** null: it is inside the server. */
  readonly databaseCpuSeconds: number | null;
}

export interface FleetServers extends AsyncDisposable {
  /** Signed in to the first one. */
  readonly client: Client;
  readonly fetch: Server['fetch'];
  readonly site: SiteName;
  readonly certificate: string;
  readonly key: string;
  /** Begins to count. @returns what has been used since */
  meter(): Promise<() => Promise<LoadUsage>>;
  /** SIGKILL, as a power cut: the second one of two. */
  kill(): Promise<void>;
}

const ports = { https: 18_543, http: 18_180 } as const;
const stopWithinMs = 30_000;
/** By which computers know a site of two servers. */
const sharedName = 'localhost';

export async function startServers(options: ServersOptions, signal: AbortSignal): Promise<FleetServers> {
  await using cleanUp = new AsyncDisposableStack();
  const { directory, servers: count } = options;
  const cluster = options.database === 'postgresql' ? cleanUp.use(await startPostgres()) : null;
  const shared = count === 2 ? join(directory, 'shared') : null;
  if (shared !== null) await mkdir(shared);
  const addresses = Array.from({ length: count }, (_, index) => `127.0.0.${index + 1}`);
  const servers: Server[] = [];
  for (const [index, address] of addresses.entries()) {
    const server = await startSite(placeOf({ index, address, shared, cluster }, options), signal);
    cleanUp.defer(() => server.program.stop(stopWithinMs));
    servers.push(server);
  }
  const [first, second] = servers;
  if (first === undefined) throw new Error('There is no server.');
  const client = await signIn(first, shared ?? join(directory, 'site-1'), signal);
  const certificates = join(directory, 'site-1', 'certificates');
  const usage = new UsageCount(
    servers.map(({ program }) => program.pid),
    cluster,
  );
  const running = cleanUp.move();
  return {
    client,
    fetch: first.fetch,
    site: {
      name: shared === null ? '127.0.0.1' : sharedName,
      addresses,
      httpsPort: ports.https,
      httpPort: ports.http,
      trust: createSecureContext({ ca: first.caPem }),
    },
    certificate: join(certificates, 'server.pem'),
    key: join(certificates, 'server.key'),
    meter: () => usage.meter(),
    kill: async () => {
      if (second === undefined) throw new Error('There is no second server.');
      await usage.endsWith(second.program.pid);
      process.kill(second.program.pid, 'SIGKILL');
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface Place {
  readonly index: number;
  readonly address: string;
  readonly shared: string | null;
  readonly cluster: PostgresCluster | null;
}

function placeOf({ index, address, shared, cluster }: Place, { directory, database, profileDirectory }: ServersOptions) {
  const profiled = index === 0 && profileDirectory !== null;
  const profile = ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`, `--cpu-prof-name=${database}.cpuprofile`];
  return {
    dataDirectory: join(directory, `site-${index + 1}`),
    sharedDirectory: shared,
    logFile: join(directory, `server-${index + 1}.log`),
    address,
    httpsPort: ports.https,
    httpPort: ports.http,
    flags: [
      '--log-level',
      'warn',
      ...(cluster === null ? [] : ['--database-url', postgresUrl(cluster)]),
      ...(shared === null ? [] : ['--shared-directory', shared, '--site-address', sharedName]),
    ],
    nodeFlags: profiled ? profile : [],
  };
}

class UsageCount {
  readonly #pids: Set<number>;
  readonly #cluster: PostgresCluster | null;
  /** Of servers that are gone. */
  #ended: Usage = { cpuSeconds: 0, peakResidentBytes: 0 };

  constructor(pids: readonly number[], cluster: PostgresCluster | null) {
    this.#pids = new Set(pids);
    this.#cluster = cluster;
  }

  async meter(): Promise<() => Promise<LoadUsage>> {
    for (const pid of this.#pids) await forgetPeak(pid);
    const before = await this.#read();
    return async () => {
      const { server, databaseCpuSeconds } = await this.#read();
      return {
        server: { cpuSeconds: server.cpuSeconds - before.server.cpuSeconds, peakResidentBytes: server.peakResidentBytes },
        databaseCpuSeconds: databaseCpuSeconds === null ? null : databaseCpuSeconds - (before.databaseCpuSeconds ?? 0),
      };
    };
  }

  /** The process is about to be killed: what it has used until now is all. */
  async endsWith(pid: number): Promise<void> {
    this.#ended = sumOf([this.#ended, await readUsage(pid)]);
    this.#pids.delete(pid);
  }

  async #read(): Promise<LoadUsage> {
    const server = sumOf([this.#ended, ...(await Promise.all([...this.#pids].map(readUsage)))]);
    return { server, databaseCpuSeconds: this.#cluster === null ? null : (await readUsage(this.#cluster.pid)).cpuSeconds };
  }
}

function sumOf(usages: readonly Usage[]): Usage {
  return {
    cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    peakResidentBytes: Math.max(...usages.map(({ peakResidentBytes }) => peakResidentBytes)),
  };
}
