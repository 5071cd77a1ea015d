/** A site of its own whose database is filled while it does not run: started, stopped, and started again on the same data. */
import { join } from 'node:path';
import { createClient, type Client } from '@ostler/contract';
import type { PostgresCluster } from '@ostler/testkit/postgres-cluster';
import type { SiteDatabase } from '../options.ts';
import { postgresUrl, startPostgres } from '../postgres.ts';
import { signIn, startSite } from '../site.ts';
import { openPostgres, openSqlite, type PlainDatabase } from './plain-database.ts';

export interface LargeSite extends AsyncDisposable {
  /** Runs `work` while the site runs. */
  whileRunning<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** Its database, once it has run. */
  open(): Promise<PlainDatabase>;
}

export interface LargeSitePlace {
  readonly directory: string;
  readonly database: SiteDatabase;
  /** Where the server's CPU profiles go, one a start; null: none are made. */
  readonly profileDirectory: string | null;
}

const ports = { httpsPort: 18_643, httpPort: 18_280 } as const;
const address = '127.0.0.1';
const stopWithinMs = 30_000;

export async function createLargeSite(place: LargeSitePlace, signal: AbortSignal): Promise<LargeSite> {
  const cluster = place.database === 'postgresql' ? await startPostgres() : null;
  return new StartedAndStopped(place, cluster, signal);
}

class StartedAndStopped implements LargeSite {
  readonly #place: LargeSitePlace;
  /** null: SQLite. */
  readonly #cluster: PostgresCluster | null;
  readonly #signal: AbortSignal;
  #token: string | null = null;

  constructor(place: LargeSitePlace, cluster: PostgresCluster | null, signal: AbortSignal) {
    this.#place = place;
    this.#cluster = cluster;
    this.#signal = signal;
  }

  get #dataDirectory(): string {
    return join(this.#place.directory, 'site');
  }

  async whileRunning<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const { directory, profileDirectory } = this.#place;
    const place = { dataDirectory: this.#dataDirectory, sharedDirectory: null, logFile: join(directory, 'server.log'), address, ...ports };
    const flags = ['--log-level', 'warn', ...(this.#cluster === null ? [] : ['--database-url', postgresUrl(this.#cluster)])];
    const nodeFlags = profileDirectory === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
    const server = await startSite({ ...place, flags, nodeFlags }, this.#signal);
    try {
      const client =
        this.#token === null
          ? await signIn(server, this.#dataDirectory, this.#signal)
          : createClient({ serverUrl: server.url, token: this.#token, fetch: server.fetch });
      this.#token = client.token;
      return await work(client);
    } finally {
      await server.program.stop(stopWithinMs);
    }
  }

  open(): Promise<PlainDatabase> {
    return this.#cluster === null
      ? Promise.resolve(openSqlite(join(this.#dataDirectory, 'ostler.sqlite')))
      : openPostgres(postgresUrl(this.#cluster));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster?.[Symbol.asyncDispose]();
  }
}
