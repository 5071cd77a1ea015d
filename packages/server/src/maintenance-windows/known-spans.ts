/**
 * The spans of windows, worked out once an hour: each computer whose restarts wait asks some times a minute, and the windows of thousands are the
 * same few. Windows that were changed are others, and count at once.
 */
import type { MaintenanceWindow } from '@ostler/contract';
import { spansFrom, type Span } from './spans.ts';

type SpansOf = (windows: readonly MaintenanceWindow[], nowMs: number) => readonly Span[];

/** Spans reach two months ahead. */
const knownForMs = 3_600_000;
const knownAtMost = 1000;

export function rememberSpans(): SpansOf {
  const known = new Map<string, { readonly fromMs: number; readonly spans: readonly Span[] }>();
  return (windows, nowMs) => {
    const key = JSON.stringify(windows);
    const before = known.get(key);
    if (before !== undefined && before.fromMs <= nowMs && nowMs < before.fromMs + knownForMs) return before.spans;
    if (known.size >= knownAtMost) known.clear();
    const spans = spansFrom(windows, nowMs);
    known.set(key, { fromMs: nowMs, spans });
    return spans;
  };
}
