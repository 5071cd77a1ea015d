/** A trace for each job that has ended: one span, linked to the request that made the job, however long ago and at whichever server. */
import { readTraceParent, spanIdOf, traceIdOf, type TakeSpan } from '../tracing/span.ts';
import type { JobEnd, JobRow } from './job-store.ts';

export function traceJob(
  { id, kind, started_at, created_at, trace_parent }: JobRow,
  { state, error }: JobEnd,
  endedAtMs: number,
  takeSpan: TakeSpan,
): void {
  const maker = readTraceParent(trace_parent);
  takeSpan({
    traceId: traceIdOf(id),
    spanId: spanIdOf(id),
    parentSpanId: null,
    name: `job ${kind}`,
    kind: 'internal',
    startMs: started_at ?? created_at,
    endMs: endedAtMs,
    attributes: { 'ostler.job.id': id, 'ostler.job.kind': kind, 'ostler.job.state': state },
    failure: state === 'failed' ? (error?.code ?? 'FAILED') : null,
    links: maker === null ? [] : [maker],
  });
}
