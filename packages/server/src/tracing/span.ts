/** A piece of work that has ended, for traces. It says which work it was and how it went; never what was asked or answered. */
import { createHash, randomBytes } from 'node:crypto';

/** Which span of which trace. */
export interface SpanPlace {
  readonly traceId: string;
  readonly spanId: string;
}

export interface Span extends SpanPlace {
  /** null: nothing is above it. */
  readonly parentSpanId: string | null;
  readonly name: string;
  /** server: the answer to a request. */
  readonly kind: 'server' | 'internal';
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** The code of the error, or the status; null: it went well. */
  readonly failure: string | null;
  /** Where it came from, of other traces or long ago; absent: nowhere that is known. */
  readonly links?: readonly SpanPlace[];
}

/** Takes it and returns at once: sending is done later, and trouble with it is nobody's who works. */
export type TakeSpan = (span: Span) => void;

/** Of a run or a job: any server that meets it knows its trace, and nothing is kept for that. */
export function traceIdOf(id: string): string {
  return hexOf(`trace/${id}`).slice(0, 32);
}

/** Of the whole run or job; `part` of something in it. */
export function spanIdOf(id: string, part = ''): string {
  return hexOf(`span/${id}/${part}`).slice(0, 16);
}

export function newIds(): SpanPlace {
  return { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') };
}

/** As a `traceparent` header says it (W3C Trace Context, version 00). */
export function asTraceParent({ traceId, spanId }: SpanPlace): string {
  return `00-${traceId}-${spanId}-01`;
}

/** null: it is none. */
export function readTraceParent(text: unknown): SpanPlace | null {
  const found = typeof text === 'string' ? /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(text) : null;
  const [, traceId, spanId] = found ?? [];
  return traceId === undefined || spanId === undefined ? null : { traceId, spanId };
}

function hexOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
