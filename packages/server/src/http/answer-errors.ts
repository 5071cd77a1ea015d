/** The one place where a thrown value becomes an answer: the catalogue's status and sentence, a request id, never a stack. */
import { isOstlerError, OstlerError, toErrorBody } from '@ostler/contract';
import type { FastifyError, FastifyInstance } from 'fastify';

export function answerErrors(server: FastifyInstance): void {
  server.setErrorHandler((thrown: unknown, request, reply) => {
    const error = asOstlerError(thrown, request.routeOptions.bodyLimit);
    if (error.status >= 500) request.log.error({ err: thrown, method: request.method, url: request.routeOptions.url }, 'request failed');
    else request.log.debug({ code: error.code, problem: error.message }, 'request refused');
    const body = toErrorBody(error);
    const details = error.status >= 500 ? { ...body.details, requestId: request.id } : body.details;
    if (isOstlerError(error) && error.code === 'TOO_MANY_ATTEMPTS') void reply.header('retry-after', error.details['seconds']);
    return reply
      .status(error.status)
      .type('application/json; charset=utf-8')
      .send({ ...body, details });
  });
  server.setNotFoundHandler((request) => {
    const path = request.url.split('?')[0] ?? '';
    throw new OstlerError('ROUTE_NOT_FOUND', { method: request.method, path });
  });
}

/** Fastify's own refusals by their code; anything else unknown is INTERNAL, its message stays in the log. */
function asOstlerError(thrown: unknown, bodyLimit: number): OstlerError {
  if (isOstlerError(thrown)) return thrown;
  // Safe: only optional reads follow.
  const { code, statusCode, message } = (thrown ?? {}) as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new OstlerError('PAYLOAD_TOO_LARGE', { limitBytes: bodyLimit }, { cause: thrown });
  const refusedByFastify = code?.startsWith('FST_') === true || thrown instanceof SyntaxError;
  if (refusedByFastify && statusCode !== undefined && statusCode < 500) {
    return new OstlerError('BAD_REQUEST', { problem: message ?? 'it cannot be read' }, { cause: thrown });
  }
  return new OstlerError('INTERNAL', {}, { cause: thrown });
}
