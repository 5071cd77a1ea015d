/** Started once by vitest, before all tests: the PostgreSQL that they share. */
import type { TestProject } from 'vitest/node';
import { startPostgresCluster } from './postgres-cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of PostgreSQL's socket; null where it is not installed. */
    postgresSocketFolder: string | null;
  }
}

/** @returns what vitest calls after the last test */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startPostgresCluster();
  project.provide('postgresSocketFolder', cluster?.socketFolder ?? null);
  return async () => {
    await cluster?.[Symbol.asyncDispose]();
  };
}
