/** The routes of uploads, for administrators and for agents alike. */
import { OstlerError, streamRoutes } from '@ostler/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authorise, Caller, Handlers, HandlersOf, StreamRoutes } from '../http/handlers.ts';
import type { Uploads } from './uploads.ts';

type UploadHandlers = HandlersOf<'uploads'> & Pick<Handlers, 'agent.createUpload' | 'agent.getUpload'>;

export function uploadHandlers(uploads: Uploads): UploadHandlers {
  return {
    'uploads.create': ({ body }, { caller }) => uploads.create(ownerOf(caller), body.fileName, body.sizeBytes),
    'uploads.get': ({ params }, { caller }) => uploads.get(ownerOf(caller), params.id),
    'uploads.delete': async ({ params }, { caller }) => {
      await uploads.remove(ownerOf(caller), params.id);
      return { ok: true };
    },
    'agent.createUpload': ({ body }, { caller }) => uploads.create(ownerOf(caller), body.fileName, body.sizeBytes),
    'agent.getUpload': ({ params }, { caller }) => uploads.get(ownerOf(caller), params.id),
  };
}

/** PATCH with `Upload-Offset`; answers 204 and the new offset in the same header. */
export function uploadStreams(uploads: Uploads, authorise: Authorise): StreamRoutes {
  return (server) => {
    // The body is not read here: it goes to the disk as it comes.
    server.addContentTypeParser('application/octet-stream', (_request, payload, done) => {
      done(null, payload);
    });
    for (const route of [streamRoutes['uploads.append'], streamRoutes['agent.appendUpload']]) {
      server.route<{ Params: { id: string } }>({
        method: route.method,
        url: route.path,
        onRequest: async (request) => {
          await authorise(request, route.access);
        },
        handler: async (request, reply) =>
          append(uploads, ownerOf(await authorise(request, route.access)), request.params.id, request, reply),
      });
    }
  };
}

/** Any administrator goes on with what one began; a machine with its own alone. */
export function ownerOf(caller: Caller): string {
  return caller.kind === 'agent' ? caller.deviceId : 'administrators';
}

async function append(uploads: Uploads, owner: string, id: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const given = request.headers['upload-offset'];
  if (typeof given !== 'string' || !/^\d{1,15}$/.test(given)) {
    throw new OstlerError('BAD_REQUEST', { problem: 'the header Upload-Offset must be the number of bytes sent so far.' });
  }
  const offset = await uploads.append({ id, owner, offset: Number(given), body: request.raw });
  await reply.header('upload-offset', offset).code(204).send();
}
