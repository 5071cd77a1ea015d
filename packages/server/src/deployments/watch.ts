/** Server-sent events of one deployment: its status at once and at each change, each status message as it comes; of computers that the watcher may see. */
import { OstlerError, streamRoutes, type DeploymentStatus, type WatchedMessage } from '@ostler/contract';
import type { FastifyReply } from 'fastify';
import { sightOfCaller } from '../access/caller.ts';
import type { Sight } from '../access/rights.ts';
import { devicesWithin, reachesEveryDevice } from '../access/visible.ts';
import type { Database } from '../database/database.ts';
import type { Queries } from '../devices/store.ts';
import type { Authorise, StreamRoutes } from '../http/handlers.ts';
import type { PreparedContents } from '../pre-download/prepared-content.ts';
import type { RunEvent, RunEvents } from '../runs/run-events.ts';
import { deploymentStatus } from './status.ts';

interface WatchEvents {
  readonly status: DeploymentStatus;
  readonly message: WatchedMessage;
}

export interface WatchDependencies {
  readonly database: Database;
  readonly events: RunEvents;
  readonly prepared: PreparedContents;
  readonly authorise: Authorise;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

/** Proxies and clients drop a connection on which nothing moves. */
const heartbeatMs = 15_000;
/** Many machines report many times a second: a watcher is told the status at most this often. */
const statusIntervalMs = 500;
/** What moves: a fleet is not sent with each change. */
const watched = { state: 'running', limit: 100 } as const;
/** A watcher that reads nothing while this much waits for it is dropped; it can connect again. */
const waitingLimitBytes = 4 * 1024 * 1024;

export function watchRoutes(dependencies: WatchDependencies): StreamRoutes {
  const route = streamRoutes['deployments.watch'];
  const { database, prepared } = dependencies;
  return (server) => {
    server.route<{ Params: { id: string } }>({
      method: 'GET',
      url: route.path,
      handler: async (request, reply) => {
        const readSight = async () => sightOfCaller(await dependencies.authorise(request, route.access), 'deployments.read');
        const sight = await readSight();
        const status = await deploymentStatus(database.sql, request.params.id, watched, { sight, prepared });
        reply.hijack();
        reply.raw.writeHead(200, { 'Content-Type': route.contentType, 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
        // The heartbeat is the sign of life here; a watcher may see nothing happen for hours.
        request.raw.socket.setTimeout(0);
        send(reply, 'status', status);
        new Watch(request.params.id, { reply, sight, readSight }, dependencies).begin();
      },
    });
  };
}

interface Watcher {
  readonly reply: FastifyReply;
  /** What they may see. */
  readonly sight: Sight;
  /** The same now: rights change and sessions end while somebody watches. @throws OstlerError once they may see nothing any more */
  readonly readSight: () => Promise<Sight>;
}

class Watch {
  readonly #deploymentId: string;
  readonly #reply: FastifyReply;
  readonly #readSight: Watcher['readSight'];
  readonly #dependencies: WatchDependencies;
  #sight: Sight;
  #timer: NodeJS.Timeout | undefined;
  /** Messages keep their order, however long it takes to see whether one is for this watcher. */
  #telling: Promise<void> = Promise.resolve();

  constructor(deploymentId: string, { reply, sight, readSight }: Watcher, dependencies: WatchDependencies) {
    this.#deploymentId = deploymentId;
    this.#reply = reply;
    this.#sight = sight;
    this.#readSight = readSight;
    this.#dependencies = dependencies;
  }

  begin(): void {
    const { events, stopping } = this.#dependencies;
    const { raw } = this.#reply;
    const unsubscribe = events.subscribe(this.#deploymentId, (event) => {
      if (event.kind === 'message') this.#telling = this.#telling.then(() => this.#orEnd(() => this.#tell(event)));
      this.#timer ??= setTimeout(() => void this.#orEnd(() => this.#sendStatus()), statusIntervalMs);
    });
    const heartbeat = setInterval(() => void this.#orEnd(() => this.#beat()), heartbeatMs);
    const stop = (): void => void raw.end();
    stopping.addEventListener('abort', stop, { once: true });
    raw.once('close', () => {
      stopping.removeEventListener('abort', stop);
      clearInterval(heartbeat);
      clearTimeout(this.#timer);
      unsubscribe();
    });
    if (stopping.aborted) stop();
  }

  async #sendStatus(): Promise<void> {
    this.#sight = await this.#readSight();
    const { database, prepared } = this.#dependencies;
    const status = await deploymentStatus(database.sql, this.#deploymentId, watched, { sight: this.#sight, prepared });
    this.#timer = undefined;
    send(this.#reply, 'status', status);
  }

  async #tell({ runId, deviceName, message }: Extract<RunEvent, { kind: 'message' }>): Promise<void> {
    if (await isRunShown(this.#dependencies.database.sql, runId, this.#sight))
      send(this.#reply, 'message', { runId, deviceName, ...message });
  }

  async #beat(): Promise<void> {
    this.#sight = await this.#readSight();
    this.#reply.raw.write(': still here\n\n');
  }

  /** Deleted while it was watched, the watcher is not let in any more, or the database is going away: their connection ends. */
  async #orEnd(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof OstlerError))
        this.#reply.log.warn({ err: error, deploymentId: this.#deploymentId }, 'watching a deployment failed');
      this.#reply.raw.end();
    }
  }
}

async function isRunShown(sql: Queries, runId: string, sight: Sight): Promise<boolean> {
  if (reachesEveryDevice(sight)) return true;
  const found = sql.selectFrom('runs').select('id').where('id', '=', runId).where(devicesWithin(sight, 'runs.device_id'));
  return (await found.executeTakeFirst()) !== undefined;
}

function send<Event extends keyof WatchEvents>(reply: FastifyReply, event: Event, data: WatchEvents[Event]): void {
  if (reply.raw.writableLength > waitingLimitBytes) reply.raw.destroy();
  else if (!reply.raw.writableEnded) reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
