/** The two listeners, bare: limits, time-outs, headers, ids, errors. Routes are put on them by app.ts. */
import { randomBytes } from 'node:crypto';
import fastify, { LogController, type FastifyInstance, type FastifyReply } from 'fastify';
import { OstlerError, streamPath } from '@ostler/contract';
import type { Logger } from 'pino';
import { answerErrors, refuseAddress, refuseConnection } from './answer-errors.ts';
import { tlsOptions } from './tls.ts';

export interface KeyPair {
  /** PEM, with the chain. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

/** JSON bodies: the largest is a task sequence or an engine's journal. Streams have limits of their own. */
const bodyLimitBytes = 4 * 1024 * 1024;

/** How long the server waits for a client, in milliseconds. */
export interface Patience {
  /** For the request line and the headers: a client that trickles them is cut. */
  readonly headersMs: number;
  /** For a body that is not a stream. */
  readonly bodyMs: number;
  /** On a connection on which nothing moves; an upload or a download may take as long as it moves. */
  readonly silenceMs: number;
}

export const usualPatience: Patience = { headersMs: 20_000, bodyMs: 30_000, silenceMs: 120_000 };
/** Node's own limit. */
const headersLimitBytes = 16 * 1024;

const limits = {
  bodyLimit: bodyLimitBytes,
  clientErrorHandler: refuseConnection,
  frameworkErrors: refuseAddress,
  keepAliveTimeout: 72_000,
  // Node's limit for a whole request would end a large upload over a slow link; register-routes.ts bounds the small ones.
  requestTimeout: 0,
  return503OnClosing: true,
  forceCloseConnections: 'idle',
  routerOptions: { maxParamLength: 300 },
  genReqId: () => `req-${randomBytes(8).toString('hex')}`,
} as const;

/** Requests are logged by the hook below, at debug: agents poll. */
function createLogController(): LogController {
  return new LogController({ disableRequestLogging: true });
}

function timeLimits({ headersMs }: Patience) {
  return { headersTimeout: headersMs, connectionsCheckingInterval: Math.ceil(headersMs / 4), maxHeaderSize: headersLimitBytes };
}

export function createHttpsServer(keyPair: KeyPair, log: Logger, patience = usualPatience): FastifyInstance {
  const logController = createLogController();
  const https = { cert: keyPair.certificate, key: keyPair.key, ...tlsOptions, ...timeLimits(patience) };
  const options = { ...limits, connectionTimeout: patience.silenceMs, logController, loggerInstance: log };
  // Safe: the instance differs from the general one in the types of its raw server and logger only.
  const server = fastify({ ...options, https }) as unknown as FastifyInstance;
  answerErrors(server);
  server.addHook('onSend', async (request, reply) => {
    setUnlessSet(reply, 'x-request-id', request.id);
    setUnlessSet(reply, 'x-content-type-options', 'nosniff');
    setUnlessSet(reply, 'x-frame-options', 'DENY');
    setUnlessSet(reply, 'referrer-policy', 'no-referrer');
    setUnlessSet(reply, 'content-security-policy', "default-src 'none'; frame-ancestors 'none'");
    setUnlessSet(reply, 'cache-control', 'no-store');
  });
  server.addHook('onResponse', async (request, reply) => {
    const fields = {
      method: request.method,
      url: loggedUrl(request.url),
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    };
    request.log.debug(fields, 'request answered');
  });
  return server;
}

/** What comes back from an identity provider is a secret until it has been used. */
function loggedUrl(url: string): string {
  return url.startsWith(streamPath('providerSignIn.return')) ? streamPath('providerSignIn.return') : url;
}

/** Boot files and boot scripts only. Firmware reads the answers, so a refusal is a line of text. */
export function createPlainHttpServer(log: Logger, patience = usualPatience): FastifyInstance {
  const logController = createLogController();
  const options = { ...limits, connectionTimeout: patience.silenceMs, logController, loggerInstance: log };
  // Safe: the instance differs in the type of its logger only.
  const server = fastify({ ...options, http: timeLimits(patience) }) as unknown as FastifyInstance;
  server.setErrorHandler((thrown: unknown, request, reply) => {
    const status = thrown instanceof OstlerError ? thrown.status : 500;
    if (status >= 500) request.log.error({ err: thrown, url: request.url }, 'boot request failed');
    return reply
      .status(status)
      .type('text/plain; charset=utf-8')
      .send(`${thrown instanceof OstlerError ? thrown.message : 'The server log has the details.'}\n`);
  });
  server.setNotFoundHandler((_request, reply) => reply.status(404).type('text/plain; charset=utf-8').send('There is no such boot file.\n'));
  return server;
}

/** @throws OstlerError ADDRESS_UNUSABLE. @returns the port, which the system chose when 0 was asked for. */
export async function listen(server: FastifyInstance, address: string, port: number): Promise<number> {
  try {
    await server.listen({ host: address, port });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OstlerError('ADDRESS_UNUSABLE', { address, port, reason }, { cause: error });
  }
  const bound = server.server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : port;
}

/** Takes no new connections, lets requests end, and cuts what has not ended after `graceMs`. */
export async function closeServer(server: FastifyInstance, graceMs: number): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), graceMs);
  await server.close();
  clearTimeout(timer);
}

function setUnlessSet(reply: FastifyReply, name: string, value: string): void {
  if (!reply.hasHeader(name)) void reply.header(name, value);
}
