/** A piece of work that has ended, for traces. It says which work it was and how it went; never what was asked or answered. */
import { createHash, randomBytes } from 'node:crypto';

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
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

export function newIds(): Pick<Span, 'traceId' | 'spanId'> {
  return { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') };
}

function hexOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
