/**
 * When what SQLite has committed is on the disk. In WAL mode a commit appends to one file and need not wait for the disk; a sync of that file, off
 * this thread, covers every commit before it. So those that come while the disk is busy share the next one: a group commit.
 */
import type { FileHandle } from 'node:fs/promises';

export type LogFile = Pick<FileHandle, 'datasync' | 'close'>;

export class CommitLog {
  readonly #open: () => Promise<LogFile>;
  #file: Promise<LogFile> | null = null;
  /** What is committed after it began may not be in it. */
  #running: Promise<void> | null = null;
  /** Begins when that one has ended. */
  #next: Promise<void> | null = null;

  /** @param open opens the database's write-ahead log; called after the first commit, before which there is none */
  constructor(open: () => Promise<LogFile>) {
    this.#open = open;
  }

  /** Something has just been committed. */
  note(): void {
    this.#next ??= this.#syncAfter(this.#running);
  }

  /**
   * Settles when everything that is committed now is on the disk.
   * @throws what the disk answers; from then on always, since a later sync would say nothing of what this one has lost
   */
  async durable(): Promise<void> {
    await (this.#next ?? this.#running);
  }

  async close(): Promise<void> {
    await this.durable().catch(() => undefined);
    await (await this.#file)?.close();
  }

  async #syncAfter(running: Promise<void> | null): Promise<void> {
    await running;
    this.#running = this.#next;
    this.#next = null;
    this.#file ??= this.#open();
    await (await this.#file).datasync();
    this.#running = null;
  }
}
