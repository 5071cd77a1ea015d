/** The one place where a thrown value becomes an answer: the catalogue's status and sentence, a request id, never a stack. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { isOstlerError, OstlerError, toErrorBody } from '@ostler/contract';
import type { ConnectionError, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export function answerErrors(server: FastifyInstance): void {
  server.setErrorHandler((thrown: unknown, request, reply) => {
    const error = asOstlerError(thrown, request.routeOptions.bodyLimit);
    if (error.status >= 500 && error.code !== 'SERVER_BUSY')
      request.log.error({ err: thrown, method: request.method, url: request.routeOptions.url }, 'request failed');
    else request.log.debug({ code: error.code, problem: error.message }, 'request refused');
    const body = toErrorBody(error);
    const details = error.status >= 500 ? { ...body.details, requestId: request.id } : body.details;
    if (asksForPatience(error)) void reply.header('retry-after', error.details['seconds']);
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

function asksForPatience(error: OstlerError): boolean {
  return error.code === 'TOO_MANY_ATTEMPTS' || error.code === 'SERVER_BUSY';
}

/** What Fastify refuses before there is a route: an address that is too long, or that cannot be decoded. */
export function refuseAddress(thrown: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const error = new OstlerError(
    'BAD_REQUEST',
    { problem: problemsOfAddress[thrown.code] ?? 'its address cannot be read' },
    { cause: thrown },
  );
  void reply.status(error.status).type('application/json; charset=utf-8').send(toErrorBody(error));
}

/** Fastify's own sentences hold the address, whatever its length. */
const problemsOfAddress: Readonly<Record<string, string>> = {
  FST_ERR_MAX_PARAM_LENGTH: 'a part of its address is too long',
  FST_ERR_BAD_URL: 'its address cannot be decoded',
};

/** What Node does not take for a request has no route: the sentence goes to the connection, which ends. */
export function refuseConnection({ code }: ConnectionError, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const error = refusals[code]?.() ?? new OstlerError('BAD_REQUEST', { problem: 'it is not HTTP' });
  const body = JSON.stringify(toErrorBody(error));
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

const refusals: Readonly<Record<string, () => OstlerError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: () => new OstlerError('REQUEST_TOO_SLOW', {}),
  HPE_HEADER_OVERFLOW: () => new OstlerError('HEADERS_TOO_LARGE', {}),
};

/** What PostgreSQL cannot hold, by its codes (appendix A of its manual): SQLite would find nothing. */
const unkeepable: Readonly<Record<string, string>> = {
  '22003': 'a number in it is too large',
  '22021': 'a text in it has a character that cannot be kept',
};

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
  const unkept = code === undefined ? undefined : unkeepable[code];
  if (unkept !== undefined) return new OstlerError('BAD_REQUEST', { problem: unkept }, { cause: thrown });
  return new OstlerError('INTERNAL', {}, { cause: thrown });
}
