/** A site's database beside the site: to fill it in bulk, and for the plain queries that its answers are compared with. */
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';

export interface PlainDatabase extends AsyncDisposable {
  /** A statement, or several. */
  execute(sql: string): Promise<void>;
  /** @returns how many rows it answers */
  query(sql: string): Promise<number>;
  /** What the database does by itself as time goes on. */
  settle(): Promise<void>;
  /** Where the two databases differ: a member of the JSON object in a column, as text. */
  member(column: string, name: string): string;
}

export function openSqlite(file: string): PlainDatabase {
  const database = new DatabaseSync(file);
  // The site syncs what it commits; a measurement that loses its power begins again.
  database.exec('pragma synchronous = off; pragma temp_store = memory; pragma busy_timeout = 60000');
  return {
    execute: (sql) => Promise.resolve(database.exec(sql)),
    query: (sql) => Promise.resolve(database.prepare(sql).all().length),
    settle: () => Promise.resolve(database.exec('pragma wal_checkpoint(truncate)')),
    member: (column, name) => `${column} ->> '$.${name}'`,
    [Symbol.asyncDispose]: () => Promise.resolve(database.close()),
  };
}

export async function openPostgres(url: string): Promise<PlainDatabase> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    execute: async (sql) => void (await client.query(sql)),
    query: async (sql) => (await client.query(sql)).rows.length,
    settle: async () => void (await client.query('vacuum analyze')),
    member: (column, name) => `cast(${column} as json) ->> '${name}'`,
    [Symbol.asyncDispose]: () => client.end(),
  };
}
