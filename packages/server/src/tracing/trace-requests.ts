/** A span for each request: its route and its status, never its address, query, headers or body. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { newIds, spanIdOf, traceIdOf, type Span, type TakeSpan } from './span.ts';

/** Asked every few seconds by programs that look after this one. */
const untraced: readonly string[] = ['/healthz', '/readyz', '/metrics'];
/** What the agent asks in its run. */
const ofRun = '/api/v1/agent/runs/:id';

export function traceRequests(server: FastifyInstance, takeSpan: TakeSpan, now: () => number): void {
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url;
    if (route === undefined || untraced.includes(route)) return;
    const endMs = now();
    const { method } = request;
    const status = reply.statusCode;
    takeSpan({
      ...placeOf(request, reply, route),
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

/** An agent's request is in its run's trace; any other where its caller says (W3C Trace Context), or in one of its own. */
function placeOf(request: FastifyRequest, reply: FastifyReply, route: string): Pick<Span, 'traceId' | 'spanId' | 'parentSpanId'> {
  const ids = newIds();
  // Safe: only an optional read follows.
  const { id: runId } = request.params as { readonly id?: string };
  if (route.startsWith(ofRun) && runId !== undefined && reply.statusCode < 400) {
    return { ...ids, traceId: traceIdOf(runId), parentSpanId: spanIdOf(runId) };
  }
  const { traceparent } = request.headers;
  const parent = typeof traceparent === 'string' ? /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(traceparent) : null;
  return parent === null ? { ...ids, parentSpanId: null } : { ...ids, traceId: parent[1] ?? ids.traceId, parentSpanId: parent[2] ?? null };
}
