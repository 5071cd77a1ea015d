/** The agent appends to its run's log: a piece at an offset, answered with the new offset. */
import { OstlerError, streamRoutes } from '@ostler/contract';
import type { FastifyRequest } from 'fastify';
import type { Authorise, StreamRoutes } from '../http/handlers.ts';
import type { ContactNote } from '../runs/contact-note.ts';
import type { RunLog } from '../runs/run-log.ts';
import { requireOwnRun } from './handlers.ts';

/** One piece. The agent sends what it has every few seconds. */
const pieceLimitBytes = 4 * 1024 * 1024;

export interface LogRouteDependencies {
  readonly contact: ContactNote;
  readonly runLog: RunLog;
  readonly authorise: Authorise;
}

export function agentLogRoute({ contact, runLog, authorise }: LogRouteDependencies): StreamRoutes {
  const route = streamRoutes['agent.appendLog'];
  return (server) => {
    void server.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: pieceLimitBytes }, (_request, body, done) => done(null, body));
      scope.route<{ Params: { id: string }; Body: Buffer | undefined }>({
        method: 'PATCH',
        url: route.path,
        bodyLimit: pieceLimitBytes,
        onRequest: async (request) => {
          requireOwnRun(await authorise(request, route.access), request.params.id);
        },
        handler: async (request, reply) => {
          const { id } = request.params;
          await contact.note(id);
          const size = await runLog.append(id, offsetOf(request), request.body ?? Buffer.alloc(0));
          return reply.status(204).header('upload-offset', size).send();
        },
      });
    });
  };
}

function offsetOf({ headers }: Pick<FastifyRequest, 'headers'>): number {
  const value = headers['upload-offset'];
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value);
  throw new OstlerError('BAD_REQUEST', { problem: 'the header Upload-Offset must be a number of bytes' });
}
