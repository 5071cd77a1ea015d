/** Server-sent events of one deployment: its status at once and at each change, each status message as it comes. */
import { OstlerError, streamRoutes } from '@ostler/contract';
import type { FastifyReply } from 'fastify';
import type { Database } from '../database/database.ts';
import type { Authorise, StreamRoutes } from '../http/handlers.ts';
import type { RunEvents } from '../runs/run-events.ts';
import { deploymentStatus } from './status.ts';

export interface WatchDependencies {
  readonly database: Database;
  readonly events: RunEvents;
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
  return (server) => {
    server.route<{ Params: { id: string } }>({
      method: 'GET',
      url: route.path,
      handler: async (request, reply) => {
        await dependencies.authorise(request, route.access);
        const status = await deploymentStatus(dependencies.database.sql, request.params.id, watched);
        reply.hijack();
        reply.raw.writeHead(200, { 'Content-Type': route.contentType, 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
        // The heartbeat is the sign of life here; a watcher may see nothing happen for hours.
        request.raw.socket.setTimeout(0);
        send(reply, 'status', status);
        watch(request.params.id, reply, dependencies);
      },
    });
  };
}

function watch(deploymentId: string, reply: FastifyReply, { database, events, stopping }: WatchDependencies): void {
  let timer: NodeJS.Timeout | undefined;
  const sendStatus = async (): Promise<void> => {
    try {
      const status = await deploymentStatus(database.sql, deploymentId, watched);
      timer = undefined;
      send(reply, 'status', status);
    } catch (error) {
      // Deleted while it was watched, or the database is going away: the watcher's connection ends.
      if (!(error instanceof OstlerError)) reply.log.warn({ err: error, deploymentId }, 'watching a deployment failed');
      reply.raw.end();
    }
  };
  const unsubscribe = events.subscribe(deploymentId, (event) => {
    if (event.kind === 'message') send(reply, 'message', { runId: event.runId, deviceName: event.deviceName, ...event.message });
    timer ??= setTimeout(() => void sendStatus(), statusIntervalMs);
  });
  const heartbeat = setInterval(() => reply.raw.write(': still here\n\n'), heartbeatMs);
  const stop = (): void => void reply.raw.end();
  stopping.addEventListener('abort', stop, { once: true });
  reply.raw.once('close', () => {
    stopping.removeEventListener('abort', stop);
    clearInterval(heartbeat);
    clearTimeout(timer);
    unsubscribe();
  });
  if (stopping.aborted) stop();
}

function send(reply: FastifyReply, event: string, data: unknown): void {
  if (reply.raw.writableLength > waitingLimitBytes) reply.raw.destroy();
  else if (!reply.raw.writableEnded) reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
