/** An empty database for one test, on the cluster that global-setup.ts started. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';

export interface PostgresDatabase extends AsyncDisposable {
  readonly url: string;
}

/** Made now, dropped when disposed of, whoever is still connected. @throws Error where PostgreSQL is not installed */
export function createPostgresDatabase(): Promise<PostgresDatabase> {
  return createDatabase('template1');
}

/**
 * As `createPostgresDatabase`, as a copy of one that is filled once in a run of the tests: by whoever comes first, and the others wait.
 * @param fill gets an empty database, and is disconnected from it when it is done
 */
export async function copyPostgresDatabase(name: string, fill: (url: string) => Promise<void>): Promise<PostgresDatabase> {
  const template = `template_${name}`;
  await withClient(urlOf('postgres'), async (client) => {
    // Of the session: it is given back when the connection ends, however that is.
    await client.query('select pg_advisory_lock(hashtext($1))', [template]);
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [template]);
    if (rowCount !== 0) return;
    const filling = `${template}_${randomBytes(4).toString('hex')}`;
    await client.query(`create database ${filling}`);
    await fill(urlOf(filling));
    await client.query(`alter database ${filling} rename to ${template}`);
  });
  return createDatabase(template);
}

async function createDatabase(template: string): Promise<PostgresDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await execute(`create database ${name} template ${template}`);
  return { url: urlOf(name), [Symbol.asyncDispose]: () => execute(`drop database ${name} with (force)`) };
}

function urlOf(database: string): string {
  const socketFolder = inject('postgresSocketFolder');
  if (socketFolder === null) throw new Error('PostgreSQL is not installed: run `./ostler` once, or install the package postgresql.');
  return `postgres://postgres@localhost/${database}?host=${encodeURIComponent(socketFolder)}`;
}

async function execute(statement: string): Promise<void> {
  await withClient(urlOf('postgres'), (client) => client.query(statement));
}

async function withClient(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
