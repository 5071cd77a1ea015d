/** Measuring two ways of doing the same in turn, so that a machine whose speed drifts is fair to both. */

/** One line of the table. The ratio is ours over the plain tool's: below 1 is better for a time, above 1 for a rate. */
export interface Row {
  readonly what: string;
  readonly against: string;
  readonly ours: string;
  readonly theirs: string;
  readonly ratio: number | null;
  readonly expected: string;
  /** What bounds the figure. */
  readonly bound: string;
}

export interface Pair {
  readonly ours: number;
  readonly theirs: number;
  /** The median of the ratios pair by pair. */
  readonly ratio: number;
}

/** Runs A B A B …, and answers the medians in milliseconds and of the ratios. */
export async function timeInTurn(rounds: number, ours: () => Promise<void>, theirs: () => Promise<void>): Promise<Pair> {
  const pairs: { ours: number; theirs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push({ ours: await timeMs(ours), theirs: await timeMs(theirs) });
  return {
    ours: median(pairs.map((pair) => pair.ours)),
    theirs: median(pairs.map((pair) => pair.theirs)),
    ratio: median(pairs.map((pair) => pair.ours / pair.theirs)),
  };
}

export async function timeMs(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value that this part of all are not above (nearest rank). */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
