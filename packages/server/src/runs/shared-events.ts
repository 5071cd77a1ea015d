/**
 * What happens to runs, told to whoever watches at any server of the site: PostgreSQL's NOTIFY carries which deployments have changed and which
 * messages are new; what is new is read from the database. With SQLite there is one server, and nothing to tell.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { StatusMessage } from '@ostler/contract';
import { sql as raw } from 'kysely';
import { Client } from 'pg';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { DatabaseLocation } from '../database/connect.ts';
import type { Database } from '../database/database.ts';
import type { Queries } from '../devices/store.ts';
import { repeat } from '../repeat.ts';
import { createRunEvents, type LocalRunEvents, type RunEvent, type RunEvents } from './run-events.ts';

export interface SharedRunEvents extends RunEvents {
  start(): void;
  /** Settles when nothing is told or heard any more; `stopping` has been aborted before. */
  stop(): Promise<void>;
}

export interface SharedEventsOptions {
  readonly database: Database;
  readonly location: DatabaseLocation;
  readonly serverId: string;
  readonly log: Logger;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

const channel = 'ostler_runs';
/** A thousand computers report many times a second: they are told together. */
const toldEveryMs = 200;
const connectAgainMs = 2000;
/** A notification holds less than 8000 bytes (PostgreSQL, NOTIFY): an entry is an id or two. */
const entriesAtOnce = 50;

/** A deployment that changed, or a message of one of its runs. */
const Entry = z.strictObject({ deploymentId: z.string(), runId: z.string().nullable(), sequence: z.number().nullable() });
const Notification = z.strictObject({ from: z.string(), entries: z.array(Entry) });
type Entry = z.output<typeof Entry>;

export function createSharedRunEvents(options: SharedEventsOptions): SharedRunEvents {
  const local = createRunEvents();
  const { location } = options;
  if (location.dialect === 'sqlite') return { ...local, start: () => undefined, stop: () => Promise.resolve() };
  const outbox = new Outbox(options);
  let working: Promise<unknown> = Promise.resolve();
  return {
    ...local,
    publish: (deploymentId, event) => {
      local.publish(deploymentId, event);
      outbox.add(deploymentId, event);
    },
    start: () => {
      working = Promise.all([
        repeat('telling the other servers what has changed', toldEveryMs, options, () => outbox.tell()),
        keepListening(location.url, local, options),
      ]);
    },
    stop: async () => {
      await working;
    },
  };
}

class Outbox {
  readonly #options: SharedEventsOptions;
  /** By what they say: a deployment that changes often is told once. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: SharedEventsOptions) {
    this.#options = options;
  }

  add(deploymentId: string, event: RunEvent): void {
    const [runId, sequence] = event.kind === 'message' ? [event.runId, event.message.sequence] : [null, null];
    this.#entries.set(`${deploymentId} ${runId} ${sequence}`, { deploymentId, runId, sequence });
  }

  /** @throws what the database answers: what was to be told is forgotten then, and the next change tells of it */
  async tell(): Promise<void> {
    const { database, serverId } = this.#options;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (let from = 0; from < entries.length; from += entriesAtOnce) {
      const text = JSON.stringify({ from: serverId, entries: entries.slice(from, from + entriesAtOnce) });
      await raw`select pg_notify(${channel}, ${text})`.execute(database.sql);
    }
  }
}

/** Connects again and again. What was told meanwhile is not known: everybody who watches is told that something has changed. */
async function keepListening(url: string, local: LocalRunEvents, options: SharedEventsOptions): Promise<void> {
  const { stopping, log } = options;
  while (!stopping.aborted) {
    const client = new Client({ connectionString: url, application_name: 'ostler events' });
    const { promise: over, resolve, reject } = Promise.withResolvers<void>();
    client.on('error', reject);
    client.on('end', () => reject(new Error('The connection has ended.')));
    client.on('notification', ({ payload }) => {
      hear(payload ?? '', local, options).catch((error: unknown) => log.warn({ err: error }, 'what another server told could not be read'));
    });
    const stop = (): void => resolve();
    stopping.addEventListener('abort', stop, { once: true });
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
      for (const deploymentId of local.watched()) local.publish(deploymentId, { kind: 'changed' });
      await over;
    } catch (error) {
      over.catch(() => undefined);
      log.warn({ err: error }, 'what the other servers tell cannot be heard at the moment');
      await sleep(connectAgainMs, undefined, { signal: stopping, ref: false }).catch(() => undefined);
    } finally {
      stopping.removeEventListener('abort', stop);
      await client.end().catch(() => undefined);
    }
  }
}

async function hear(payload: string, local: LocalRunEvents, { database, serverId }: SharedEventsOptions): Promise<void> {
  const { from, entries } = Notification.parse(JSON.parse(payload));
  if (from === serverId) return;
  const watched = new Set(local.watched());
  for (const { deploymentId, runId, sequence } of entries) {
    if (!watched.has(deploymentId)) continue;
    const message = runId === null || sequence === null ? null : await readMessage(database.sql, runId, sequence);
    local.publish(deploymentId, message ?? { kind: 'changed' });
  }
}

async function readMessage(sql: Queries, runId: string, sequence: number): Promise<RunEvent | null> {
  const row = await sql
    .selectFrom('run_messages')
    .innerJoin('runs', 'runs.id', 'run_messages.run_id')
    .select(['device_name', 'message'])
    .where('run_id', '=', runId)
    .where('sequence', '=', sequence)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { kind: 'message', runId, deviceName: row.device_name, message: StatusMessage.parse(JSON.parse(row.message)) };
}
