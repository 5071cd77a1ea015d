import { expect, it } from 'vitest';
import { addDuration, mergeInto, packHistogram, percentilesOf, relativeError, unpackHistogram, type Histogram } from './histogram.ts';

const shares = [0.5, 0.9, 0.95];

/** Durations from a fraction of a millisecond to days, in no order; the same ones each time. */
function durations(count: number): number[] {
  return Array.from({ length: count }, (_, index) => 0.3 * 1.002 ** ((index * 7919) % 10_000));
}

function histogramOf(values: readonly number[]): Histogram {
  const histogram: Histogram = new Map();
  for (const value of values) addDuration(histogram, value);
  return histogram;
}

it('answers percentiles that are at most two percent off the exact ones', () => {
  const values = durations(5000);
  const exact = shares.map((share) => values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? 0);

  for (const [index, found] of percentilesOf(histogramOf(values), shares).entries()) {
    expect(Math.abs((found ?? 0) - (exact[index] ?? 0))).toBeLessThanOrEqual((exact[index] ?? 0) * relativeError + 1);
  }
});

it('is the same whether durations were counted together, or apart and merged after a way through the database', () => {
  const values = durations(1000);
  const merged: Histogram = new Map();
  for (const part of [values.slice(0, 17), values.slice(17)]) mergeInto(merged, unpackHistogram(packHistogram(histogramOf(part))));

  expect(packHistogram(merged)).toBe(packHistogram(histogramOf(values)));
});

it('knows no percentile of nothing', () => {
  expect(percentilesOf(new Map(), shares)).toEqual([null, null, null]);
});
