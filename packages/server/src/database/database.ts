/** The database as the features see it. Opening one is connect.ts; its tables are declared by the features. */
import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * Times are integers (milliseconds since 1970), JSON is text, booleans are 0 and 1: the common ground of SQLite and PostgreSQL.
 */
export interface Database {
  readonly sql: Kysely<Tables>;
  readonly dialect: 'sqlite' | 'postgres';
  close(): Promise<void>;
}
