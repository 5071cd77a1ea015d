/** SQLite built into Node, as Kysely wants it. Which file, and the migrations, are connect.ts's. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import {
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  type Dialect,
  type Driver,
  type SqliteDatabase,
  type SqliteDialectConfig,
  type SqliteStatement,
} from 'kysely';

/**
 * WAL: readers (a backup, another program) do not block the writer. synchronous FULL: what was acknowledged to a machine
 * survives a power cut of the server, since the machine then drops its copy; a commit costs one fsync.
 * busy_timeout: a backup holds its locks for milliseconds only. foreign_keys is off in SQLite unless asked for.
 */
const pragmas = ['journal_mode = WAL', 'synchronous = FULL', 'busy_timeout = 5000', 'foreign_keys = ON', 'temp_store = MEMORY'];

/** @throws the error of node:sqlite when the file is not a database or cannot be written. */
export function sqliteDialect(path: string): Dialect {
  const database = new DatabaseSync(path);
  try {
    for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`);
  } catch (error) {
    database.close();
    throw error;
  }
  return new TransactionalSqliteDialect({ database: asKyselyDatabase(database) });
}

/** SQLite changes tables inside a transaction, which Kysely does not use by itself: a migration that fails leaves nothing behind. */
class TransactionalSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new YieldingSqliteDriver(this.#config);
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter();
  }
}

/** So long at most the queries of a queue may follow each other. */
const turnMs = 10;

/**
 * A query runs on this thread, and the next of the queue begins before anything else: with a thousand computers that write, connections would be
 * neither accepted nor read for seconds. Between two of them everything else gets its turn.
 */
class YieldingSqliteDriver extends SqliteDriver {
  #yieldedAtMs = performance.now();

  override async releaseConnection(): Promise<void> {
    if (performance.now() - this.#yieldedAtMs < turnMs) return;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.#yieldedAtMs = performance.now();
  }
}

class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
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
