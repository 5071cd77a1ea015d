import { RecurrenceRule } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { instantOf } from './local-time.ts';
import { openRecurrence, requireRecurrence } from './recurrence.ts';

const iso = (timesMs: readonly number[]): string[] => timesMs.map((timeMs) => new Date(timeMs).toISOString());
const atMs = (time: string): number => Date.parse(time);

describe('what comes again', () => {
  it('keeps its clock when the clocks change', () => {
    const daily = openRecurrence('FREQ=DAILY', '2026-10-01T20:00', 'Europe/Berlin');

    expect(iso(daily.lastUpTo(atMs('2026-10-26T00:00Z'), 3))).toEqual([
      '2026-10-23T18:00:00.000Z',
      '2026-10-24T18:00:00.000Z',
      '2026-10-25T19:00:00.000Z',
    ]);
    expect(iso([daily.nextAfter(atMs('2026-10-25T19:00Z')) ?? 0])).toEqual(['2026-10-26T19:00:00.000Z']);
  });

  it('comes once where an hour comes twice, and not where its hour is left out', () => {
    const autumn = openRecurrence('FREQ=DAILY', '2026-10-24T02:30', 'Europe/Berlin');
    const spring = openRecurrence('FREQ=DAILY', '2026-03-28T02:30', 'Europe/Berlin');

    expect(iso(autumn.lastUpTo(atMs('2026-10-26T12:00Z'), 3))).toEqual([
      '2026-10-24T00:30:00.000Z',
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
    expect(iso(spring.lastUpTo(atMs('2026-03-30T12:00Z'), 3))).toEqual(['2026-03-28T01:30:00.000Z', '2026-03-30T00:30:00.000Z']);
  });

  it('begins at the first time that the rule knows, and ends with its count', () => {
    const saturdays = openRecurrence('FREQ=WEEKLY;BYDAY=SA;COUNT=2', '2026-12-01T03:00', 'UTC');

    expect(iso([saturdays.nextAfter(0) ?? 0])).toEqual(['2026-12-05T03:00:00.000Z']);
    expect(saturdays.nextAfter(atMs('2026-12-12T03:00Z'))).toBeNull();
  });

  it('is refused when it means nothing or never comes', () => {
    const refused = (rule: string) => () => requireRecurrence(rule, '2026-12-01T03:00', 'UTC');

    expect(refused('FREQ=WEEKLY;BYDAY=XX')).toThrow(expect.objectContaining({ code: 'RECURRENCE_INVALID' }));
    expect(refused('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31')).toThrow(expect.objectContaining({ code: 'RECURRENCE_INVALID' }));
    expect(RecurrenceRule.safeParse('FREQ=HOURLY').success).toBe(false);
    expect(RecurrenceRule.safeParse('BYDAY=SA').success).toBe(false);
    expect(RecurrenceRule.parse('RRULE:freq=weekly;byday=sa')).toBe('FREQ=WEEKLY;BYDAY=SA');
  });
});

it('a clock that a change of the clocks leaves out is taken as much later, of one that comes twice the first counts', () => {
  expect(iso([instantOf('2026-03-29T02:30', 'Europe/Berlin'), instantOf('2026-10-25T02:30', 'Europe/Berlin')])).toEqual([
    '2026-03-29T01:30:00.000Z',
    '2026-10-25T00:30:00.000Z',
  ]);
});
