/** When the power of a machine is cut: a plan of random moments, the same for the same seed. */

/** A step that may be cut in, in the order in which the run reaches it. */
export interface CuttableStep {
  readonly number: number;
  /** About how long it takes, with the restart that it ends in. */
  readonly lastsMs: number;
}

export interface PowerCut {
  /** The delay counts from here: from power-on, or from when the run was seen at the step of this number. */
  readonly from: 'power-on' | number;
  readonly delayMs: number;
}

export interface PowerCutOptions {
  readonly count: number;
  /** About how long a machine takes from power-on to the agent. */
  readonly startMs: number;
  readonly steps: readonly CuttableStep[];
}

/** Of all cuts so many are made while a step runs, or at its end; the others while the machine starts. */
const shareAtSteps = 0.65;
/** A step is followed a little beyond its end: to the boundary, into the next one. */
const beyondMs = 1500;

/** Each step is cut in once at most, so that the run gets on; how the two kinds follow each other is random too. */
export function planPowerCuts(seed: number, { count, startMs, steps }: PowerCutOptions): readonly PowerCut[] {
  const random = randomNumbers(seed);
  const atSteps = Math.min(steps.length, Math.round(count * shareAtSteps));
  const chosen = shuffle(steps, random)
    .slice(0, atSteps)
    .toSorted((a, b) => a.number - b.number);
  const kinds = shuffle(
    Array.from({ length: count }, (_each, index) => index < atSteps),
    random,
  );
  let next = 0;
  return kinds.map((isAtStep): PowerCut => {
    const step = isAtStep ? chosen[next] : undefined;
    if (step === undefined) return { from: 'power-on', delayMs: Math.round(random() * startMs) };
    next += 1;
    return { from: step.number, delayMs: Math.round(random() * (step.lastsMs + beyondMs)) };
  });
}

/** Numbers from 0 up to 1 (mulberry32): enough to choose moments, and the same everywhere. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Fisher and Yates. */
function shuffle<T>(values: readonly T[], random: () => number): T[] {
  const shuffled = [...values];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}
