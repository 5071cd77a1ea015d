/**
 * How much of what computers ask is worked on at once. Without a bound, a fleet that is switched on together fills the server with requests
 * whose askers have given up by the time that they are answered, and who then ask again: nobody gets anything. So few are worked on, the
 * others wait for their turn and lose it when they go, and whoever would wait too long is told when to ask again before anything is done.
 * People and distribution points do not wait: they ask little.
 */
import { finished } from 'node:stream';
import { OstlerError, routes, streamRoutes, type Access } from '@ostler/contract';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { bootScriptPaths } from '../boot/boot-routes.ts';

/** Who waits in one queue. */
export const Asker = ['firmware', 'agent', 'client'] as const;
export type Asker = (typeof Asker)[number];

export interface QueueFigures {
  readonly atWork: number;
  readonly waiting: number;
  /** Requests since the start that were told to come later. */
  readonly deferred: number;
}

export interface QueueLimits {
  readonly atOnce: number;
  /** A request that finds so many waiting is told to ask later. */
  readonly waiting: number;
  /** How much later: for each another time in between, so that they do not come together again. */
  readonly askAgainSeconds: readonly [number, number];
}

/**
 * A small server on PostgreSQL answers 300 a second: nobody waits for longer than some seconds, where an agent gives up after thirty. Each
 * queue has its part of the server, so that runs go on while all clients of a site ask for policy, and the other way round.
 */
const usualLimits: Readonly<Record<Asker, QueueLimits>> = {
  // It cannot be told to come later: it asks some times, and then starts from the disk.
  firmware: { atOnce: 40, waiting: 4096, askAgainSeconds: [3, 12] },
  agent: { atOnce: 32, waiting: 512, askAgainSeconds: [3, 12] },
  // Policy that comes some minutes later is as good, and each of them comes with a connection of its own.
  client: { atOnce: 8, waiting: 256, askAgainSeconds: [60, 240] },
};

const saidEveryMs = 60_000;

export interface AdmissionSources {
  readonly limits?: Readonly<Record<Asker, QueueLimits>>;
  readonly now: () => number;
  readonly log: Logger;
}

/** Who asks what, as in `GET /api/v1/devices/:id`. */
const askers: ReadonlyMap<string, Asker> = new Map([
  ...bootScriptPaths.map((path) => [keyOf({ method: 'GET', path }), 'firmware'] as const),
  ...[routes['agent.hello'], streamRoutes['agent.appendLog'], ...routesOf('agent')].map((route) => [keyOf(route), 'agent'] as const),
  ...[routes['client.enrol'], ...routesOf('client')].map((route) => [keyOf(route), 'client'] as const),
]);

/** What holds computers back on the routes that are put on a server after it was put there; one for all servers of the process. */
export class Admission {
  readonly #queues: Readonly<Record<Asker, Queue>>;

  constructor(sources: AdmissionSources) {
    const { limits = usualLimits } = sources;
    const queueOf = (asker: Asker): Queue => new Queue(asker, limits[asker], sources);
    this.#queues = { firmware: queueOf('firmware'), agent: queueOf('agent'), client: queueOf('client') };
  }

  putOn(server: FastifyInstance): void {
    server.addHook('onRequest', async (request, reply) => {
      const asker = askers.get(`${request.method} ${request.routeOptions.url}`);
      if (asker !== undefined) await this.#queues[asker].enter(reply);
    });
  }

  figuresOf(asker: Asker): QueueFigures {
    return this.#queues[asker];
  }
}

/** Whoever came first goes first; whoever has gone is passed over. */
class Queue implements QueueFigures {
  readonly #asker: Asker;
  readonly #limits: QueueLimits;
  readonly #sources: AdmissionSources;
  readonly #waiting = new Set<() => void>();
  #saidAtMs = Number.NEGATIVE_INFINITY;
  atWork = 0;
  deferred = 0;

  constructor(asker: Asker, limits: QueueLimits, sources: AdmissionSources) {
    this.#asker = asker;
    this.#limits = limits;
    this.#sources = sources;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Its place is free again when its answer or its connection has ended.
   * @returns when it is its turn; never, where it has gone before. @throws OstlerError SERVER_BUSY
   */
  async enter({ raw }: FastifyReply): Promise<void> {
    const { atOnce, waiting, askAgainSeconds } = this.#limits;
    if (this.atWork >= atOnce && this.waiting >= waiting) {
      this.#noteDeferred();
      throw new OstlerError('SERVER_BUSY', { seconds: between(askAgainSeconds) });
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const begin = (): void => {
      this.#waiting.delete(begin);
      raw.off('close', leave);
      finished(raw, () => this.#end());
      this.atWork += 1;
      resolve();
    };
    const leave = (): void => void this.#waiting.delete(begin);
    raw.once('close', leave);
    if (this.atWork < atOnce) begin();
    else this.#waiting.add(begin);
    return promise;
  }

  #end(): void {
    this.atWork -= 1;
    const [next] = this.#waiting;
    next?.();
  }

  #noteDeferred(): void {
    this.deferred += 1;
    const nowMs = this.#sources.now();
    if (nowMs - this.#saidAtMs < saidEveryMs) return;
    this.#saidAtMs = nowMs;
    const { atWork, waiting, deferred } = this;
    this.#sources.log.warn(
      { asker: this.#asker, atWork, waiting, deferred },
      'more computers ask than can be answered: some are told to ask later',
    );
  }
}

function between([least, most]: readonly [number, number]): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}

type Route = { readonly method: string; readonly path: string; readonly access: Access };

function routesOf(access: 'agent' | 'client'): Route[] {
  return Object.values<Route>(routes).filter((route) => route.access === access);
}

function keyOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path}`;
}
