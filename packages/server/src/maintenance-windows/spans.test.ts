import { describe, expect, it } from 'vitest';
import { mayStartNow, spansFrom, type WindowTimes } from './spans.ts';

const hourMs = 3_600_000;
const at = (time: string): number => Date.parse(`${time}Z`);
const iso = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 16);
const window = (startAt: string, durationMinutes: number, more: Partial<WindowTimes> = {}): WindowTimes => {
  return { name: 'Nights', startAt, timeZone: 'UTC', durationMinutes, recurrence: null, ...more };
};
const may = (windows: readonly WindowTimes[], now: string, maxRunTimeMs: number) => {
  const nowMs = at(now);
  return mayStartNow({ windows: spansFrom(windows, nowMs), nowMs, maxRunTimeMs });
};
const next = (time: string) => ({ may: false, nextStartMs: at(time) });

describe('a required run', () => {
  const nights = [window('2026-12-01T20:00', 8 * 60, { recurrence: 'FREQ=DAILY' })];

  it('begins at any time where there is no window', () => {
    expect(mayStartNow({ windows: null, nowMs: 0, maxRunTimeMs: hourMs })).toEqual({ may: true });
  });

  it('begins in a window only while its longest run time fits into what is left', () => {
    expect(may(nights, '2026-12-03T01:00', 3 * hourMs)).toEqual({ may: true });
    expect(may(nights, '2026-12-03T01:01', 3 * hourMs)).toEqual(next('2026-12-03T20:00'));
    expect(may(nights, '2026-12-03T03:59', 0)).toEqual({ may: true });
    expect(may(nights, '2026-12-03T04:00', 0)).toEqual(next('2026-12-03T20:00'));
    expect(may(nights, '2026-12-03T20:00', 8 * hourMs)).toEqual({ may: true });
  });

  it('never begins where no window is long enough, or all are over', () => {
    expect(may(nights, '2026-12-03T21:00', 9 * hourMs)).toEqual({ may: false, nextStartMs: null });
    expect(may([window('2026-12-01T20:00', 60)], '2026-12-02T00:00', 0)).toEqual({ may: false, nextStartMs: null });
  });

  it('has windows that overlap or touch as one, and others for themselves', () => {
    const two = [window('2026-12-05T20:00', 120), window('2026-12-05T21:00', 120, { name: 'Late' }), window('2026-12-05T23:00', 60)];
    const apart = [window('2026-12-05T20:00', 120), window('2026-12-05T22:30', 120)];

    expect(spansFrom(two, at('2026-12-05T20:30')).map(({ fromMs, toMs, names }) => [iso(fromMs), iso(toMs), names])).toEqual([
      ['2026-12-05T20:00', '2026-12-06T00:00', ['Nights', 'Late']],
    ]);
    expect(may(two, '2026-12-05T20:00', 4 * hourMs)).toEqual({ may: true });
    expect(may(apart, '2026-12-05T20:00', 3 * hourMs)).toEqual({ may: false, nextStartMs: null });
    expect(may(apart, '2026-12-05T21:30', hourMs)).toEqual(next('2026-12-05T22:30'));
  });

  it('has windows that keep the clock of their zone, and their length, when the clocks change', () => {
    const berlin = [window('2026-10-20T02:00', 4 * 60, { timeZone: 'Europe/Berlin', recurrence: 'FREQ=DAILY' })];

    expect(
      spansFrom(berlin, at('2026-10-24T12:00'))
        .slice(0, 2)
        .map(({ fromMs, toMs }) => [iso(fromMs), iso(toMs)]),
    ).toEqual([
      ['2026-10-25T00:00', '2026-10-25T04:00'],
      ['2026-10-26T01:00', '2026-10-26T05:00'],
    ]);
  });
});
