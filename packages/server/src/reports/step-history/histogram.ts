/**
 * Durations in buckets that widen with them, so that a bucket's middle is at most `relativeError` off whatever is in it (DDSketch: Masson, Rim,
 * Lee, VLDB 2019). Two are merged by adding their counts, and nothing is lost by it: percentiles of a day, a month and a fleet have one error.
 */

/** Of every percentile, against the exact one of the same durations (nearest rank). Below a millisecond it is a millisecond at most. */
export const relativeError = 0.02;

const growth = (1 + relativeError) / (1 - relativeError);

/** Bucket to count. */
export type Histogram = Map<number, number>;

export function addDuration(histogram: Histogram, durationMs: number): void {
  const bucket = durationMs <= 1 ? 0 : Math.ceil(Math.log(durationMs) / Math.log(growth));
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + 1);
}

/** Adds `other` to `histogram`. */
export function mergeInto(histogram: Histogram, other: Iterable<readonly [bucket: number, count: number]>): void {
  for (const [bucket, count] of other) histogram.set(bucket, (histogram.get(bucket) ?? 0) + count);
}

/** Takes `other` off again, as far as it is there. */
export function takeFrom(histogram: Histogram, other: Iterable<readonly [bucket: number, count: number]>): void {
  for (const [bucket, count] of other) {
    const left = (histogram.get(bucket) ?? 0) - count;
    if (left > 0) histogram.set(bucket, left);
    else histogram.delete(bucket);
  }
}

export function countOf(histogram: Histogram): number {
  let all = 0;
  for (const count of histogram.values()) all += count;
  return all;
}

/**
 * The durations that these shares of all are not longer than, in milliseconds; null of an empty histogram.
 * @param shares in rising order, each above 0 and at most 1
 */
export function percentilesOf(histogram: Histogram, shares: readonly number[]): (number | null)[] {
  const total = countOf(histogram);
  const buckets = [...histogram].toSorted(([a], [b]) => a - b);
  let at = 0;
  let seen = buckets[0]?.[1] ?? 0;
  return shares.map((share) => {
    while (seen < Math.ceil(share * total) && at + 1 < buckets.length) {
      at += 1;
      seen += buckets[at]?.[1] ?? 0;
    }
    const bucket = buckets[at]?.[0];
    return bucket === undefined ? null : Math.round(middleOf(bucket));
  });
}

/** As the database has it: JSON of bucket, count, bucket, count … */
export function packHistogram(histogram: Histogram): string {
  return JSON.stringify([...histogram].toSorted(([a], [b]) => a - b).flat());
}

export function* unpackHistogram(packed: string): Generator<[bucket: number, count: number]> {
  // Safe: packHistogram wrote it.
  const numbers = JSON.parse(packed) as number[];
  for (let index = 0; index < numbers.length; index += 2) yield [numbers[index] ?? 0, numbers[index + 1] ?? 0];
}

function middleOf(bucket: number): number {
  return bucket === 0 ? 1 : (2 * growth ** bucket) / (growth + 1);
}
