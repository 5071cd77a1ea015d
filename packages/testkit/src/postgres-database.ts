/** An empty database for one test, on the cluster that global-setup.ts started. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';

export interface PostgresDatabase extends AsyncDisposable {
  readonly url: string;
}

/** Made now, dropped when disposed of, whoever is still connected. @throws Error where PostgreSQL is not installed */
export async function createPostgresDatabase(): Promise<PostgresDatabase> {
  const socketFolder = inject('postgresSocketFolder');
  if (socketFolder === null) throw new Error('PostgreSQL is not installed: run `./ostler` once, or install the package postgresql.');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const urlOf = (database: string) => `postgres://postgres@localhost/${database}?host=${encodeURIComponent(socketFolder)}`;
  await execute(urlOf('postgres'), `create database ${name}`);
  return { url: urlOf(name), [Symbol.asyncDispose]: () => execute(urlOf('postgres'), `drop database ${name} with (force)`) };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
