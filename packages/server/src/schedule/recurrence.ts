/** What comes again: the instants of a recurrence rule (RFC 5545) by the clocks of a time zone, whatever daylight saving does to them. */
import { OstlerError, type LocalTime, type RecurrenceRule } from '@ostler/contract';
import { RRuleTemporal } from 'rrule-temporal';

export interface Recurrence {
  /** The newest ones up to and with `nowMs`, at most `count`, oldest first. */
  lastUpTo(nowMs: number, count: number): number[];
  /** null: it has ended. */
  nextAfter(nowMs: number): number | null;
}

/**
 * The rule from `start` on; `start` itself is one only where the rule says so. A time that a change of the clocks leaves out is left out.
 * @throws OstlerError RECURRENCE_INVALID for a rule that means nothing or never comes
 */
export function openRecurrence(rule: RecurrenceRule, start: LocalTime, timeZone: string): Recurrence {
  const occurrences = parse(rule, start, timeZone);
  const recurrence: Recurrence = {
    lastUpTo: (nowMs, count) => {
      const found: number[] = [];
      let before = occurrences.previous(new Date(nowMs), true);
      while (before !== null && found.length < count) {
        found.unshift(before.epochMilliseconds);
        before = occurrences.previous(new Date(before.epochMilliseconds), false);
      }
      return found;
    },
    nextAfter: (nowMs) => occurrences.next(new Date(nowMs), false)?.epochMilliseconds ?? null,
  };
  return recurrence;
}

/** @throws OstlerError RECURRENCE_INVALID */
export function requireRecurrence(rule: RecurrenceRule, start: LocalTime, timeZone: string): void {
  let first: unknown;
  try {
    first = parse(rule, start, timeZone).next(new Date(0), true);
  } catch (error) {
    if (error instanceof OstlerError) throw error;
    throw refused(rule, 'it never comes', error);
  }
  if (first === null) throw refused(rule, 'it never comes');
}

function parse(rule: RecurrenceRule, start: LocalTime, timeZone: string) {
  const at = `${start.replaceAll(/[-:]/g, '')}00`;
  try {
    return new RRuleTemporal({ rruleString: `DTSTART;TZID=${timeZone}:${at}\nRRULE:${rule}`, strict: true });
  } catch (error) {
    throw refused(rule, error instanceof Error ? error.message : String(error), error);
  }
}

function refused(rule: string, problem: string, cause?: unknown): OstlerError {
  return new OstlerError('RECURRENCE_INVALID', { rule, problem }, { cause });
}
