/** Puts the contract's typed routes on the server: who may call, parsing in, parsing out. What a route does is its feature's handler. */
import {
  holdsNul,
  isNestedTooDeeply,
  nestingLimit,
  OstlerError,
  routeDefinition,
  routes,
  type Access,
  type RouteDefinition,
  type RouteName,
} from '@ostler/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { ObjectAccess } from '../access/object-access.ts';
import type { AuditTrail, ReadBefore } from '../audit/audit-trail.ts';
import { requirePermission, type AccessCheck } from './access.ts';
import type { Caller, Handlers, RequestContext } from './handlers.ts';
import { usualPatience, type Patience } from './servers.ts';

export interface RouteSetting {
  readonly checkAccess: AccessCheck;
  readonly objectAccess: ObjectAccess;
  readonly audit: AuditTrail;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
  /** A body that is still arriving after this time is given up: slow clients hold nothing. */
  readonly patience?: Pick<Patience, 'bodyMs'>;
}

type AnyHandler = (request: object, context: RequestContext) => Promise<unknown>;

export function registerRoutes(server: FastifyInstance, handlers: Partial<Handlers>, setting: RouteSetting): void {
  // Safe: the keys of the table are its names.
  for (const name of Object.keys(routes) as RouteName[]) {
    const handler = handlers[name];
    // Safe: the handler of this name takes what this route's schemas parse; TypeScript cannot follow the pair through a loop.
    if (handler !== undefined)
      registerRoute(server, name, { handler: handler as AnyHandler, readBefore: readerBefore(name, handlers) }, setting);
  }
}

interface Work {
  readonly handler: AnyHandler;
  readonly readBefore: (request: object, context: RequestContext) => ReadBefore;
}

/** For the audit log: the route that shows what this one changes, where it answers the same noun, or shows what this one deletes. */
function readerBefore(name: RouteName, handlers: Partial<Handlers>): Work['readBefore'] {
  // Safe: looked up, and undefined where there is no such route.
  const getName = `${name.split('.')[0] ?? ''}.get` as RouteName;
  const [route, get, read] = [routeDefinition(name), routes[getName] as RouteDefinition | undefined, handlers[getName]];
  const sameNoun = get?.answer === route.answer || (route.method === 'DELETE' && get?.path === route.path);
  if (route.method === 'GET' || read === undefined || !sameNoun || get?.params !== route.params) return () => null;
  const reader = read as AnyHandler;
  return (request, context) => async () => reader({ ...request, query: {} }, context);
}

function registerRoute(server: FastifyInstance, name: RouteName, { handler, readBefore }: Work, setting: RouteSetting): void {
  const { checkAccess, objectAccess, audit, stopping, patience = usualPatience } = setting;
  const route = routeDefinition(name);
  const audited = { name, ...route };
  const callers = new WeakMap<FastifyRequest, Caller>();
  const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  server.route({
    method: route.method,
    url: route.path,
    ...(route.bodyLimitBytes === undefined ? {} : { bodyLimit: route.bodyLimitBytes }),
    // Before the body is read: a stranger's body is not worth reading.
    onRequest: async (request) => {
      const caller = await checkAccess(request, route.access, name);
      callers.set(request, caller);
      try {
        requirePermission(caller, route.access);
      } catch (error) {
        await audit.note(audited, { caller, address: request.ip, parts: { params: request.params } }, error);
        throw error;
      }
      if (route.body !== undefined) timers.set(request, setTimeout(() => request.raw.destroy(), patience.bodyMs).unref());
    },
    preHandler: (request, _reply, done) => {
      clearTimeout(timers.get(request));
      done();
    },
    handler: async (request, reply) => {
      const caller = callers.get(request) ?? { kind: 'public' };
      const parsed = parseRequest(route, request);
      const context = contextOf(request, reply, caller, stopping);
      return audit.around(audited, { caller, address: request.ip, parts: parsed }, readBefore(parsed, context), async () => {
        await objectAccess.check(caller, route.access, parsed);
        return objectAccess.narrow(caller, route.access, route.answer.parse(await handler(parsed, context)));
      });
    },
  });
}

/** They report what programs print, NUL characters too; that is kept as JSON, which escapes them. */
const machines: readonly Access[] = ['agent', 'client', 'distribution-point'];

function parseRequest(route: RouteDefinition, request: FastifyRequest) {
  return {
    params: parsePart('path', route.params, request.params),
    query: parsePart('query', route.query, request.query),
    body: parsePart(
      'body',
      route.body,
      request.body,
      machines.some((machine) => machine === route.access),
    ),
  };
}

function parsePart(part: string, schema: z.ZodType | undefined, value: unknown, mayHoldNul = false): unknown {
  if (schema === undefined) return undefined;
  if (isNestedTooDeeply(value)) throw badRequest(part, `it nests more than ${nestingLimit} levels deep`);
  if (!mayHoldNul && holdsNul(value)) throw badRequest(part, 'it holds a NUL character');
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new OstlerError('BAD_REQUEST', { problem: describeIssues(part, parsed.error) }, { cause: parsed.error });
}

function badRequest(part: string, problem: string): OstlerError {
  return new OstlerError('BAD_REQUEST', { problem: `${part}: ${problem}` });
}

/** Of a long list that is wrong throughout, the beginning says it. */
const shownIssues = 20;
const shownCharacters = 2000;

/** `body.macAddresses[0]: is not a MAC address; body.name: …` */
export function describeIssues(part: string, { issues }: z.ZodError): string {
  const shown = issues.slice(0, shownIssues).map(({ path, message }) => {
    const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    return `${part}${place}: ${message}`;
  });
  const text = shown.join('; ');
  const problem = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
  return issues.length > shownIssues ? `${problem}; and ${issues.length - shownIssues} more` : problem;
}

function contextOf(request: FastifyRequest, reply: FastifyReply, caller: Caller, stopping: AbortSignal): RequestContext {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new OstlerError('CANCELLED', {}));
  });
  // Safe: createHttpsServer gives Fastify a pino logger, and this is its child.
  const log = request.log as Logger;
  return { caller, remoteAddress: request.ip, log, signal: AbortSignal.any([gone.signal, stopping]) };
}
