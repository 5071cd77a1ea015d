import type { MaintenanceWindow } from '@ostler/contract';
import { expect, it } from 'vitest';
import { rememberSpans } from './known-spans.ts';

const minuteMs = 60_000;
const nowMs = Date.parse('2026-12-03T21:00Z');
const night: MaintenanceWindow = {
  id: 'window-1',
  collectionId: 'collection-1',
  name: 'Night',
  startAt: '2026-12-01T20:00',
  timeZone: 'UTC',
  durationMinutes: 120,
  recurrence: 'FREQ=DAILY',
};

it('the windows of computers that ask again are worked out once an hour, and at once when they were changed', () => {
  const spansOf = rememberSpans();

  const spans = spansOf([night], nowMs);

  expect(spans[0]).toMatchObject({ fromMs: nowMs - 60 * minuteMs, toMs: nowMs + 60 * minuteMs });
  expect(spansOf([{ ...night }], nowMs + 59 * minuteMs)).toBe(spans);
  expect(spansOf([{ ...night, durationMinutes: 180 }], nowMs)[0]).toMatchObject({ toMs: nowMs + 120 * minuteMs });
  expect(spansOf([night], nowMs + 60 * minuteMs)[0]).toMatchObject({ fromMs: nowMs + 23 * 60 * minuteMs });
});
