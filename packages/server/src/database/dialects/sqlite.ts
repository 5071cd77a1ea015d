/** SQLite built into Node, as Kysely wants it. Which file, and the migrations, are connect.ts's; how it is taken in turns: sqlite-driver.ts. */
import { open } from 'node:fs/promises';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import {
  SqliteAdapter,
  SqliteDialect,
  type Dialect,
  type Driver,
  type SqliteDatabase,
  type SqliteDialectConfig,
  type SqliteStatement,
} from 'kysely';
import { CommitLog, type LogFile } from './commit-log.ts';
import { OneConnectionDriver, type Commits } from './sqlite-driver.ts';

/** Opens a file that is there. */
type OpenFile = (path: string) => Promise<LogFile>;

/**
 * busy_timeout: a backup holds its locks for milliseconds only. foreign_keys is off in SQLite unless asked for. cache_size: at most 64 MiB, what the
 * status of a deployment to 100,000 devices walks; of SQLite's own 2 MB it reads every page anew.
 */
const pragmas = ['busy_timeout = 5000', 'foreign_keys = ON', 'temp_store = MEMORY', 'cache_size = -65536'];

/** For writing: other systems than Linux do not sync a file that is open for reading. */
const openForWriting: OpenFile = (path) => open(path, 'r+');

/** @throws the error of node:sqlite when the file is not a database or cannot be written. */
export function sqliteDialect(path: string, openLog: OpenFile = openForWriting): Dialect {
  const database = new DatabaseSync(path);
  try {
    for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`);
    return new OneConnectionDialect(
      { database: asKyselyDatabase(database) },
      commitsOf(database, () => openLog(`${path}-wal`)),
    );
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * WAL: readers (a backup, another program) do not block the writer. synchronous NORMAL: SQLite syncs where the file could be damaged
 * otherwise, and leaves it to the driver that what is acknowledged to a machine survives a power cut of the server (commit-log.ts). A file system on
 * which there can be no WAL gets FULL: a sync a commit, by SQLite.
 */
function commitsOf(database: DatabaseSync, openLog: () => Promise<LogFile>): Commits {
  const { journal_mode: mode } = database.prepare('PRAGMA journal_mode = WAL').get() ?? {};
  const isWal = mode === 'wal';
  database.exec(`PRAGMA synchronous = ${isWal ? 'NORMAL' : 'FULL'}`);
  const total = database.prepare('select total_changes() as changes');
  return { changes: () => Number(total.get()?.['changes']), log: isWal ? new CommitLog(openLog) : null };
}

/** SQLite changes tables inside a transaction, which Kysely does not use by itself: a migration that fails leaves nothing behind. */
class OneConnectionDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;
  readonly #commits: Commits;

  constructor(config: SqliteDialectConfig, commits: Commits) {
    super(config);
    this.#config = config;
    this.#commits = commits;
  }

  override createDriver(): Driver {
    return new OneConnectionDriver(this.#config, this.#commits);
  }

  override createAdapter(): SqliteAdapter {
    return new OneConnectionAdapter();
  }
}

class OneConnectionAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  /** There is one, and the driver hands it on: Kysely would do that only when the one before has its answer. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** A query's text is compiled once. Above this many, all are forgotten: lists of any length make ever new texts. */
const preparedAtMost = 500;

function asKyselyDatabase(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare: (text) => {
      const known = prepared.get(text);
      if (known !== undefined) return known;
      if (prepared.size >= preparedAtMost) prepared.clear();
      const statement = asKyselyStatement(database, text);
      prepared.set(text, statement);
      return statement;
    },
  };
}

function asKyselyStatement(database: DatabaseSync, text: string): SqliteStatement {
  const statement = database.prepare(text);
  // Safe: Kysely passes on what the queries were given, and the tables hold text, numbers and null only.
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    // Of its own: it is read while others use the prepared one.
    iterate: (parameters) => database.prepare(text).iterate(...values(parameters)),
  };
}
