/** How Kysely uses the one connection to SQLite: one at a time, in turn with the network, and nothing leaves before it is on the disk. */
import { SqliteDriver, type DatabaseConnection, type SqliteDialectConfig } from 'kysely';
import type { CommitLog } from './commit-log.ts';

/** So long at most the queries of a queue may follow each other. */
const turnMs = 10;

/** What is committed, and how much it was. */
export interface Commits {
  /** Rows that were changed since the database was opened. */
  readonly changes: () => number;
  /** Null: SQLite waits for the disk itself. */
  readonly log: CommitLog | null;
}

/**
 * A query runs on this thread, and the next of the queue begins before anything else: with a thousand computers that write, connections would be
 * neither accepted nor read for seconds. Between two of them everything else gets its turn.
 *
 * What was written, and what was read of it, is handed on when it is on the disk: a machine drops its copy of what was acknowledged to it. The next
 * of the queue need not wait for that.
 */
export class OneConnectionDriver extends SqliteDriver {
  readonly #commits: Commits;
  #yieldedAtMs = performance.now();
  #changesBefore = 0;
  /** Settles when the connection is free. */
  #free: Promise<void> = Promise.resolve();
  #endTurn: () => void = () => undefined;

  constructor(config: SqliteDialectConfig, commits: Commits) {
    super(config);
    this.#commits = commits;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#free;
    this.#free = promise;
    await before;
    this.#endTurn = resolve;
    return super.acquireConnection();
  }

  override async releaseConnection(): Promise<void> {
    const { changes, log } = this.#commits;
    if (performance.now() - this.#yieldedAtMs >= turnMs) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      this.#yieldedAtMs = performance.now();
    }
    const changesNow = changes();
    if (changesNow !== this.#changesBefore) log?.note();
    this.#changesBefore = changesNow;
    this.#endTurn();
    await log?.durable();
  }

  override async destroy(): Promise<void> {
    await this.#commits.log?.close();
    await super.destroy();
  }
}
