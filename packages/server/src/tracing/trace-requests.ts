/** A span for each request: its route and its status, never its address, query, headers or body. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CurrentSpan } from './current-span.ts';
import { newIds, readTraceParent, spanIdOf, traceIdOf, type Span, type TakeSpan } from './span.ts';

/** Asked every few seconds by programs that look after this one. */
const untraced: readonly string[] = ['/healthz', '/readyz', '/metrics'];
/** What the agent asks in its run. */
const ofRun = '/api/v1/agent/runs/:id';

export interface RequestTracing {
  readonly takeSpan: TakeSpan;
  /** Is told which span a request is while its handler works. */
  readonly currentSpan: CurrentSpan;
  readonly now: () => number;
}

export function traceRequests(server: FastifyInstance, { takeSpan, currentSpan, now }: RequestTracing): void {
  const handled = new WeakMap<FastifyRequest, Place>();
  // The last hook before the handler: the end of a body that is read before it belongs to no request.
  server.addHook('preHandler', (request, _reply, done) => {
    const place = placeOf(request);
    handled.set(request, place);
    currentSpan.run(place, done);
  });
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url;
    if (route === undefined || untraced.includes(route)) return;
    const endMs = now();
    const { method } = request;
    const status = reply.statusCode;
    takeSpan({
      // Whoever is refused has no place in the trace of a run.
      ...(status >= 400 && runOf(request) !== null ? placeOfCaller(request) : (handled.get(request) ?? placeOf(request))),
      name: `${method} ${route}`,
      kind: 'server',
      startMs: endMs - reply.elapsedTime,
      endMs,
      // https://opentelemetry.io/docs/specs/semconv/http/http-spans/
      attributes: {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
        'ostler.request.id': request.id,
      },
      failure: status >= 500 ? String(status) : null,
    });
  });
}

type Place = Pick<Span, 'traceId' | 'spanId' | 'parentSpanId'>;

/** An agent's request is in its run's trace; any other where its caller says, or in one of its own. */
function placeOf(request: FastifyRequest): Place {
  const runId = runOf(request);
  return runId === null ? placeOfCaller(request) : { ...newIds(), traceId: traceIdOf(runId), parentSpanId: spanIdOf(runId) };
}

function runOf({ params, routeOptions }: FastifyRequest): string | null {
  if (routeOptions.url?.startsWith(ofRun) !== true) return null;
  // Safe: only an optional read follows.
  return (params as { readonly id?: string }).id ?? null;
}

function placeOfCaller({ headers }: FastifyRequest): Place {
  const parent = readTraceParent(headers['traceparent']);
  const ids = newIds();
  return parent === null ? { ...ids, parentSpanId: null } : { ...ids, traceId: parent.traceId, parentSpanId: parent.spanId };
}
