/** A PostgreSQL for one measurement, as its distribution ships it: what was committed survives a power cut. */
import { startPostgresCluster, type PostgresCluster } from '@ostler/testkit/postgres-cluster';

/** @throws Error where PostgreSQL is not installed */
export async function startPostgres(): Promise<PostgresCluster> {
  const cluster = await startPostgresCluster('as-shipped');
  if (cluster === null) throw new Error('PostgreSQL is not installed: run `./ostler` once, or install the package postgresql.');
  return cluster;
}

export function postgresUrl({ socketFolder }: PostgresCluster): string {
  return `postgres://postgres@localhost/postgres?host=${encodeURIComponent(socketFolder)}`;
}
