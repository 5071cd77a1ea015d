/** Sends spans to an OpenTelemetry collector (OTLP over HTTP, JSON), in batches. Its libraries are loaded only where this is wanted. */
import type { HrTime } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { Span, TakeSpan } from './span.ts';

export interface SpanExport {
  readonly takeSpan: TakeSpan;
  /** Sends what waits; it takes at most some seconds. What cannot be sent then is lost. */
  stop(): Promise<void>;
}

const exportTimeoutMs = 5000;

/** @param endpoint of the collector, without `/v1/traces` */
export async function createSpanExport(endpoint: string, log: Logger): Promise<SpanExport> {
  const [{ SpanKind, SpanStatusCode, TraceFlags }, { BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = saysWhenItFails(new OTLPTraceExporter({ url, timeoutMillis: exportTimeoutMs }), log);
  const processor = new BatchSpanProcessor({ exporter, exportTimeoutMillis: exportTimeoutMs });
  const resource = resourceFromAttributes({ 'service.name': 'ostler' });
  const contextOf = (traceId: string, spanId: string) => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED });
  const kinds = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL } as const;
  const asReadable = (span: Span): ReadableSpan => ({
    name: span.name,
    kind: kinds[span.kind],
    spanContext: () => contextOf(span.traceId, span.spanId),
    ...(span.parentSpanId === null ? {} : { parentSpanContext: contextOf(span.traceId, span.parentSpanId) }),
    startTime: hrTimeOf(span.startMs),
    endTime: hrTimeOf(span.endMs),
    duration: hrTimeOf(span.endMs - span.startMs),
    status: span.failure === null ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: span.failure },
    attributes: span.attributes,
    resource,
    instrumentationScope: { name: 'ostler' },
    ended: true,
    links: (span.links ?? []).map(({ traceId, spanId }) => ({ context: contextOf(traceId, spanId) })),
    events: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  });
  return {
    takeSpan: (span) => processor.onEnd(asReadable(span)),
    stop: () => processor.shutdown().catch((error: unknown) => log.warn({ err: error }, 'the last traces could not be sent')),
  };
}

/** Once when it begins to fail, and once when it is well again: it sends every few seconds. */
function saysWhenItFails(exporter: SpanExporter, log: Logger): SpanExporter {
  let failing = false;
  return {
    export: (spans, ended) => {
      exporter.export(spans, (result) => {
        const { error } = result;
        if (error !== undefined && !failing) log.warn({ err: error }, 'traces cannot be sent');
        if (error === undefined && failing) log.info('traces can be sent again');
        failing = error !== undefined;
        ended(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}

/** Seconds, and nanoseconds of the last one. */
function hrTimeOf(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1_000_000)];
}
