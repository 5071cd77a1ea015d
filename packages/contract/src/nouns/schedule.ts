/** Times as people set them: a date and a clock, and whose clock it is; and what comes again. */
import { z } from 'zod';

/** A date and time without a zone: `2026-12-01T20:00`. */
export const LocalTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/, 'is not a date and time such as 2026-12-01T20:00')
  .refine(isOnTheCalendar, 'is not on the calendar or the clock');
export type LocalTime = z.output<typeof LocalTime>;

/** A name of the IANA time zone database, or UTC. */
export const TimeZone = z.string().max(100).refine(isTimeZone, 'is not a time zone: give UTC, or a name such as Europe/Berlin');

/** A recurrence rule of RFC 5545 (iCalendar), by day or longer: `FREQ=WEEKLY;BYDAY=SA`. */
export const RecurrenceRule = z
  .string()
  .max(300)
  .transform((text) =>
    text
      .trim()
      .toUpperCase()
      .replace(/^RRULE:/, ''),
  )
  .pipe(z.string().refine(isRecurrenceRule, 'is not a recurrence rule by the day, week, month or year, such as FREQ=WEEKLY;BYDAY=SA'));
export type RecurrenceRule = z.output<typeof RecurrenceRule>;

const frequency = /^FREQ=(?:DAILY|WEEKLY|MONTHLY|YEARLY)$/;
const rulePart = /^(?:INTERVAL|COUNT|UNTIL|BYDAY|BYMONTHDAY|BYMONTH|BYSETPOS|WKST)=[A-Z0-9,+-]+$/;

/** Its form. Whether it ever comes is the server's to find out. */
function isRecurrenceRule(rule: string): boolean {
  const parts = rule.split(';');
  return parts.filter((part) => frequency.test(part)).length === 1 && parts.every((part) => frequency.test(part) || rulePart.test(part));
}

function isOnTheCalendar(text: string): boolean {
  const parsed = Date.parse(`${text}:00.000Z`);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(text);
}

/** Nearly every name that is used; a formatter for a name takes a hundred times as long to make. */
const commonTimeZones: ReadonlySet<string> = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]);

function isTimeZone(name: string): boolean {
  if (commonTimeZones.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).format(0);
    return true;
  } catch {
    return false;
  }
}
