/**
 * When a required deployment may begin (feature map §1.8): only where its longest run time fits into what is left of a window. Windows that
 * overlap or touch are one; others stand for themselves. What has begun goes on past the end. Pure.
 */
import type { MaintenanceWindow } from '@ostler/contract';
import { instantOf } from '../schedule/local-time.ts';
import { openRecurrence } from '../schedule/recurrence.ts';

/** From, and up to but without, an instant. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the windows that it is made of. */
  readonly names: readonly string[];
}
export type WindowTimes = Pick<MaintenanceWindow, 'name' | 'startAt' | 'timeZone' | 'durationMinutes' | 'recurrence'>;

export type MayStart =
  | { readonly may: true }
  | { readonly may: false; /** null: no window is long enough */ readonly nextStartMs: number | null };

const minuteMs = 60_000;
/** So many of each window are looked at: two months of one that comes each day. */
const aheadCount = 62;

/** The span that is open, and those that come; rising, none touching another. */
export function spansFrom(windows: readonly WindowTimes[], nowMs: number): Span[] {
  const spans = windows.flatMap((window) => occurrencesOf(window, nowMs)).toSorted((one, other) => one.fromMs - other.fromMs);
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last === undefined || span.fromMs > last.toMs) merged.push(span);
    else {
      const names = [...new Set([...last.names, ...span.names])];
      merged[merged.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, span.toMs), names };
    }
  }
  return merged.filter(({ toMs }) => toMs > nowMs);
}

/**
 * @param windows null: the device has none, and may begin at any time
 * @param maxRunTimeMs 0: it fits into any window, however little is left of it
 */
export function mayStartNow({
  windows,
  nowMs,
  maxRunTimeMs,
}: {
  readonly windows: readonly Span[] | null;
  readonly nowMs: number;
  readonly maxRunTimeMs: number;
}): MayStart {
  if (windows === null) return { may: true };
  const fitting = windows.filter(({ fromMs, toMs }) => toMs - Math.max(fromMs, nowMs) >= maxRunTimeMs);
  if (fitting.some(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs)) return { may: true };
  return { may: false, nextStartMs: fitting.find(({ fromMs }) => fromMs > nowMs)?.fromMs ?? null };
}

/** A duration is time that passes: four hours are four hours also in the night in which the clocks change. */
function occurrencesOf({ name, startAt, timeZone, durationMinutes, recurrence }: WindowTimes, nowMs: number): Span[] {
  const span = (fromMs: number): Span => ({ fromMs, toMs: fromMs + durationMinutes * minuteMs, names: [name] });
  if (recurrence === null) return [span(instantOf(startAt, timeZone))];
  const open = openRecurrence(recurrence, startAt, timeZone);
  // It is shorter than a day and comes daily at most: of those that have begun, the last two may still be open or touch one that is.
  const starts = open.lastUpTo(nowMs, 2);
  let next = open.nextAfter(nowMs);
  for (let count = 0; next !== null && count < aheadCount; count += 1) {
    starts.push(next);
    next = open.nextAfter(next);
  }
  return starts.map(span);
}
