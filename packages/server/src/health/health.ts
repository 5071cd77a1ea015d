/** Whether the server lives (/healthz) and whether it can work (/readyz), for load balancers and people. */
import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';

export interface HealthSources {
  readonly database: Database;
  readonly dataDirectory: string;
}

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** With less than this an image cannot be imported, and SQLite is about to fail. */
const minFreeBytes = 512 * 1024 * 1024;

export function registerHealth(server: FastifyInstance, sources: HealthSources): void {
  server.get('/healthz', () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const checks = await Promise.all([
      check('database', () => databaseAnswers(sources.database)),
      check('data directory', () => directoryIsWritable(sources.dataDirectory)),
      check('disk space', () => spaceIsLeft(sources.dataDirectory)),
    ]);
    const ready = checks.every(({ ok }) => ok);
    return reply.status(ready ? 200 : 503).send({ ready, checks });
  });
}

async function check(name: string, examine: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await examine() };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function databaseAnswers({ sql: kysely, dialect }: Database): Promise<string> {
  await sql`select 1`.execute(kysely);
  return dialect;
}

async function directoryIsWritable(path: string): Promise<string> {
  await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  return 'writable';
}

async function spaceIsLeft(path: string): Promise<string> {
  const { bavail, bsize } = await statfs(path);
  const freeBytes = bavail * bsize;
  if (freeBytes < minFreeBytes) throw new Error(`only ${freeBytes} bytes are free; ${minFreeBytes} are needed`);
  return `${freeBytes} bytes free`;
}
