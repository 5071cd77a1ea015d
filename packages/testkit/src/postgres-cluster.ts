/**
 * A real PostgreSQL for one run of the tests, or of a measurement: a cluster in a temporary folder, reached by a socket there. It refuses
 * to run as root, so root runs it as another user.
 */
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, start } from '@ostler/imaging/run';

export interface PostgresCluster extends AsyncDisposable {
  /** The folder of its socket. */
  readonly socketFolder: string;
  /** Of the process that the others belong to. */
  readonly pid: number;
}

/** throwaway: nothing is ever synced to disk, for tests; as-shipped: what was committed survives a power cut, as in production. */
export type PostgresCare = 'throwaway' | 'as-shipped';

const debianFolder = '/usr/lib/postgresql';
/** A busy machine takes its time. */
const startTimeoutMs = 120_000;
const settings: { readonly [C in PostgresCare]: readonly string[] } = {
  throwaway: [
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'shared_buffers=32MB',
    'max_connections=100',
    'autovacuum=off',
  ],
  'as-shipped': [],
};

/** @returns null when PostgreSQL is not installed */
export async function startPostgresCluster(care: PostgresCare = 'throwaway'): Promise<PostgresCluster | null> {
  const programs = await findPrograms();
  if (programs === null) return null;
  const signal = AbortSignal.timeout(startTimeoutMs);
  const folder = await mkdtemp(join(tmpdir(), 'ostler-postgres-'));
  const asUser = await userSwitch(folder, signal);
  const data = join(folder, 'data');
  const call = (program: string, args: readonly string[]) => [...asUser, join(programs, program), ...args] as const;
  const [initdb, ...initdbArgs] = call('initdb', [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ]);
  await run(initdb ?? '', initdbArgs, { signal, cwd: folder });
  const flags = ['listen_addresses=', ...settings[care]].flatMap((setting) => ['-c', setting]);
  const [postgres, ...postgresArgs] = call('postgres', ['-D', data, '-k', folder, ...flags]);
  let output = '';
  const server = await start(postgres ?? '', postgresArgs, { cwd: folder, onOutput: (text) => (output += text) });
  while (!output.includes('ready to accept connections')) {
    const ended = await Promise.race([server.exited, sleep(20, null, { signal })]);
    if (ended !== null) throw new Error(`PostgreSQL did not start: ${output}`);
  }
  return {
    socketFolder: folder,
    pid: server.pid,
    [Symbol.asyncDispose]: async () => {
      const [pgCtl, ...pgCtlArgs] = call('pg_ctl', ['-D', data, '-m', 'immediate', 'stop']);
      await run(pgCtl ?? '', pgCtlArgs, { signal: AbortSignal.timeout(startTimeoutMs), cwd: folder });
      await server.exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The newest version's folder of programs, as Debian lays them out. */
async function findPrograms(): Promise<string | null> {
  const versions = await readdir(debianFolder).catch(() => []);
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? null : join(debianFolder, newest, 'bin');
}

/** The words before a command that make it run as the user `postgres`, who is given the folder; none unless this is root. */
async function userSwitch(folder: string, signal: AbortSignal): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return [];
  const { stdout } = await run('id', ['-u', 'postgres'], { signal });
  const { stdout: group } = await run('id', ['-g', 'postgres'], { signal });
  await chown(folder, Number(stdout), Number(group));
  // The tests may be killed: the cluster then ends too.
  return ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--pdeathsig=QUIT', '--'];
}
