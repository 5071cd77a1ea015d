/** PostgreSQL through pg, as Kysely wants it. The migrations are connect.ts's. */
import { CompiledQuery, PostgresDialect } from 'kysely';
import { Pool, types, type CustomTypesConfig } from 'pg';
import type { Logger } from 'pino';

/** The type ids of numbers that would come as text: int8 (pg_type.h). */
const int8: readonly number[] = [20];

/** pg answers int8 as text because it may exceed 2^53; sizes and times in milliseconds do not. */
const numbersForInt8: CustomTypesConfig = {
  getTypeParser: (id, format) => {
    if (int8.includes(id) && format !== 'binary') return Number;
    // Safe: a parser takes the text and answers a value of the type.
    return types.getTypeParser(id, format) as (text: string) => unknown;
  },
};

/**
 * A site answers many at once, in tens of milliseconds each: several processes for one query take longer to be started than they save, and take the
 * processors from the others.
 */
const oneProcessPerQuery = CompiledQuery.raw('set max_parallel_workers_per_gather = 0');

export function postgresDialect(url: string, log: Logger): PostgresDialect {
  const pool = new Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    types: numbersForInt8,
    application_name: 'ostler',
  });
  // Without a listener an idle connection that the database ends would end this process.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  return new PostgresDialect({ pool, onCreateConnection: async (connection) => void (await connection.executeQuery(oneProcessPerQuery)) });
}
