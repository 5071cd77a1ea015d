/** The content of state stores: sealed from and to agents, in clear for an administrator who recovers it. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { openSealedBytes } from '@ostler/content';
import { OstlerError, streamRoutes } from '@ostler/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Database } from '../database/database.ts';
import { answerFile } from '../content/content-routes.ts';
import type { Authorise, StreamRoutes } from '../http/handlers.ts';
import { accountOf, runOf } from './handlers.ts';
import type { StateStores } from './state-stores.ts';
import type { StoreFiles } from './store-files.ts';

export interface StateStoreStreamDependencies {
  readonly database: Database;
  readonly stores: StateStores;
  readonly files: Pick<StoreFiles, 'pathOf'>;
  readonly authorise: Authorise;
}

type OfRun = { readonly Params: { readonly id: string; readonly storeId: string } };

export function stateStoreStreams(dependencies: StateStoreStreamDependencies): StreamRoutes {
  return (server) => {
    appendRoute(server, dependencies);
    contentRoute(server, dependencies);
    recoveryRoute(server, dependencies);
  };
}

/** PATCH with `Upload-Offset`; answers 204 and the new offset in the same header. */
function appendRoute(server: FastifyInstance, { database, stores, authorise }: StateStoreStreamDependencies): void {
  const route = streamRoutes['agent.appendStateStore'];
  // The body is not read here: it goes to the disk as it comes.
  server.addContentTypeParser('application/octet-stream', (_request, payload, done) => {
    done(null, payload);
  });
  server.route<OfRun>({
    method: route.method,
    url: route.path,
    onRequest: async (request) => {
      await authorise(request, route.access);
    },
    handler: async (request, reply) => {
      const { id, storeId } = request.params;
      const run = await runOf(database, await authorise(request, route.access), id);
      const receivedBytes = await stores.append(run, storeId, offsetOf(request), request.raw);
      await reply.header('upload-offset', receivedBytes).code(204).send();
    },
  });
}

function contentRoute(server: FastifyInstance, { database, stores, files, authorise }: StateStoreStreamDependencies): void {
  const { method, path, access, contentType } = streamRoutes['agent.stateStoreContent'];
  server.route<OfRun>({
    method,
    url: path,
    handler: async (request, reply) => {
      const { id, storeId } = request.params;
      const run = await runOf(database, await authorise(request, access), id);
      const { row } = await stores.open(run, storeId);
      if (row.sha256 === null) throw new OstlerError('STATE_STORE_WITHOUT_CONTENT', { id: row.id });
      const file = { path: files.pathOf(row.id), sha256: row.sha256, contentType, cacheControl: 'private, no-store' };
      await answerFile(request, reply, file, () => undefined);
    },
  });
}

function recoveryRoute(server: FastifyInstance, { stores, files, authorise }: StateStoreStreamDependencies): void {
  const { method, path, access, contentType } = streamRoutes['stateStores.content'];
  server.route<{ Params: { id: string } }>({
    method,
    url: path,
    handler: async (request, reply) => {
      const accountName = accountOf(await authorise(request, access));
      const { row, key } = await stores.recover(request.params.id);
      request.log.warn({ stateStoreId: row.id, deviceName: row.device_name, accountName }, 'user state downloaded');
      const bytes = openSealedBytes(createReadStream(files.pathOf(row.id)), Buffer.from(key, 'base64'));
      // The first chunk before the answer begins: a store that does not open is an error, not a short file.
      const first = await bytes.next();
      const rest = Readable.from(firstThen(first.done === true ? Buffer.alloc(0) : first.value, bytes), { objectMode: false });
      return reply.type(contentType).header('cache-control', 'private, no-store').send(rest);
    },
  });
}

async function* firstThen(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  yield first;
  yield* rest;
}

function offsetOf({ headers }: Pick<FastifyRequest, 'headers'>): number {
  const value = headers['upload-offset'];
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value);
  throw new OstlerError('BAD_REQUEST', { problem: 'the header Upload-Offset must be the number of bytes sent so far.' });
}
