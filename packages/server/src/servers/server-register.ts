/**
 * Which servers of the site run: each writes a beat every few seconds, and watches those of the others. A server whose beat stands still, by the
 * watcher's own clock, is taken for dead: its row goes, its jobs are taken over, and what it had begun comes into the audit log. One that was
 * only cut off finds its row gone and lets go of its jobs before it goes on.
 */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';

export interface SharedJobs {
  /** Jobs of servers that are not there any more wait again. @returns how many */
  takeOver(): Promise<number>;
  /** Lets go of what another server has, or was asked to cancel here; begins what waits. */
  heed(): Promise<void>;
}

/** Where changes are noted that servers have begun. */
export interface BegunChanges {
  /** Those of servers that are not there any more get their entries. @returns how many */
  settleOfGone(): Promise<number>;
}

export interface ServerRegisterOptions {
  readonly database: Database;
  readonly serverId: string;
  readonly jobs: SharedJobs;
  readonly changes: BegunChanges;
  readonly now: () => number;
  readonly log: Logger;
}

const beatEveryMs = 2000;
const deadAfterMs = 60_000;

interface Sighting {
  readonly beats: number;
  readonly atMs: number;
}

export class ServerRegister {
  readonly #options: ServerRegisterOptions;
  readonly #seen = new Map<string, Sighting>();
  readonly #stopping = new AbortController();
  #working: Promise<void> = Promise.resolve();

  constructor(options: ServerRegisterOptions) {
    this.#options = options;
  }

  /** Enters this server: before it takes its first job. A database of SQLite has no other: what else it names was before a restore. */
  async enter(): Promise<void> {
    const { database, serverId, now } = this.#options;
    if (database.dialect === 'sqlite') await database.sql.deleteFrom('servers').where('id', '!=', serverId).execute();
    const row = { id: serverId, name: hostname(), beats: 0, started_at: now() };
    await database.sql
      .insertInto('servers')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ name: row.name, started_at: row.started_at }))
      .execute();
  }

  /** Beats until it is stopped; where there is no other server, once. */
  start(): void {
    this.#working = this.#keepBeating(this.#stopping.signal);
  }

  /** Takes this server out: the others need not wait until it is taken for dead. Its jobs have been stopped before. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
    await this.#options.database.sql.deleteFrom('servers').where('id', '=', this.#options.serverId).execute();
  }

  /** One beat, and what follows from those of the others. */
  async beat(): Promise<void> {
    const { database, serverId, jobs, changes, log } = this.#options;
    const { numUpdatedRows } = await database.sql
      .updateTable('servers')
      .set((row) => ({ beats: row('beats', '+', 1) }))
      .where('id', '=', serverId)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) {
      log.warn('the other servers took this one for dead: it lets go of its jobs');
      await jobs.heed();
      await this.enter();
    }
    await this.#dropDead();
    const taken = await jobs.takeOver();
    if (taken > 0) log.warn({ jobs: taken }, 'jobs of a server that is gone are started again');
    await jobs.heed();
    const settled = await changes.settleOfGone();
    if (settled > 0) log.warn({ changes: settled }, 'changes that a server had begun when it died are in the audit log');
  }

  async #dropDead(): Promise<void> {
    const { database, serverId, now, log } = this.#options;
    const rows = await database.sql.selectFrom('servers').selectAll().where('id', '!=', serverId).execute();
    for (const { id, name, beats } of rows) {
      const seen = this.#seen.get(id);
      if (seen === undefined || seen.beats !== beats) this.#seen.set(id, { beats, atMs: now() });
      else if (now() - seen.atMs >= deadAfterMs) {
        // Only as it was seen: it may have come back in this moment.
        await database.sql.deleteFrom('servers').where('id', '=', id).where('beats', '=', beats).execute();
        this.#seen.delete(id);
        log.warn({ server: name, serverId: id }, 'a server of this site is taken for dead');
      }
    }
  }

  async #keepBeating(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.beat();
      } catch (error) {
        this.#options.log.error({ err: error }, 'the beat of this server could not be written');
      }
      if (this.#options.database.dialect === 'sqlite') return;
      await sleep(beatEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
