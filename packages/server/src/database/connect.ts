/** Opens the database, and brings it to this program's version. Tables belong to the features, see tables.ts. */
import { OstlerError } from '@ostler/contract';
import { Kysely, sql } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import type { Logger } from 'pino';
import type { DataDirectory } from '../data-directory.ts';
import type { Database } from './database.ts';
import { postgresDialect } from './dialects/postgres.ts';
import { sqliteDialect } from './dialects/sqlite.ts';
import { migrations } from './migrations/index.ts';
import type { Tables } from './tables.ts';

/** Where the data is: a file of SQLite, or a server. */
export type DatabaseLocation =
  | { readonly dialect: 'sqlite'; readonly path: string }
  | { readonly dialect: 'postgres'; readonly url: string };

/** By the setting of that name; null: a file of the data directory. */
export function locationOf(databaseUrl: string | null, { database }: Pick<DataDirectory, 'database'>): DatabaseLocation {
  return databaseUrl === null ? { dialect: 'sqlite', path: database } : { dialect: 'postgres', url: databaseUrl };
}

/**
 * Opens and migrates.
 * @throws OstlerError DATABASE_UNREACHABLE, DATABASE_NEWER (written by a later version of the program), DATABASE_MIGRATION_FAILED
 */
export async function connectDatabase(location: DatabaseLocation, log: Logger): Promise<Database> {
  const database = open(location, log);
  try {
    await sql`select 1`.execute(database.sql);
  } catch (error) {
    await database.close();
    throw unreachable(location, error);
  }
  try {
    await migrate(database, migrations, log);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** The location without its password: for people and logs. */
export function describeLocation(location: DatabaseLocation): string {
  if (location.dialect === 'sqlite') return location.path;
  const url = URL.parse(location.url);
  if (url === null) return 'the PostgreSQL server of databaseUrl';
  url.password = '';
  return url.href;
}

function open(location: DatabaseLocation, log: Logger): Database {
  try {
    const dialect = location.dialect === 'sqlite' ? sqliteDialect(location.path) : postgresDialect(location.url, log);
    const kysely = new Kysely<Tables>({ dialect });
    return { sql: kysely, dialect: location.dialect, close: () => kysely.destroy() };
  } catch (error) {
    throw unreachable(location, error);
  }
}

/** Runs the migrations that the database has not had; with several servers on one PostgreSQL, Kysely's lock lets one of them do it. */
export async function migrate(database: Database, known: Readonly<Record<string, Migration>>, log: Logger): Promise<void> {
  await refuseNewer(database, known);
  const migrator = new Migrator({ db: database.sql, provider: { getMigrations: () => Promise.resolve({ ...known }) } });
  const { error, results } = await migrator.migrateToLatest();
  for (const { migrationName, status } of results ?? []) {
    if (status === 'Success') log.info({ migration: migrationName }, 'database migrated');
  }
  if (error !== undefined) {
    const failed = results?.find(({ status }) => status === 'Error')?.migrationName ?? 'none';
    throw new OstlerError('DATABASE_MIGRATION_FAILED', { migration: failed, problem: messageOf(error) }, { cause: error });
  }
}

async function refuseNewer(database: Database, known: Readonly<Record<string, Migration>>): Promise<void> {
  const tables = await database.sql.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration')) return;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(database.sql);
  const unknown = rows.map(({ name }) => name).filter((name) => !(name in known));
  if (unknown.length > 0) throw new OstlerError('DATABASE_NEWER', { migrations: unknown.join(', ') });
}

function unreachable(location: DatabaseLocation, cause: unknown): OstlerError {
  return new OstlerError('DATABASE_UNREACHABLE', { database: describeLocation(location), reason: messageOf(cause) }, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
