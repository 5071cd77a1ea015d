/** The time left, from what the same steps took on the same model before. Pure. */
import type { RunView } from './screen/screen-state.ts';

export interface SecondsLeft {
  /** null: not known, or the step takes longer than it did. */
  readonly step: number | null;
  /** null: not known. While a step takes longer than it did, what comes after it is what is left. */
  readonly run: number | null;
}

export function expectedSecondsLeft(
  { expected, stepStartedAtMs }: Pick<RunView, 'expected' | 'stepStartedAtMs'>,
  nowMs: number,
): SecondsLeft {
  if (expected === null) return { step: null, run: null };
  const { stepSeconds, runSeconds } = expected;
  const ofStep = Math.max(0, stepSeconds - (nowMs - stepStartedAtMs) / 1000);
  return { step: ofStep === 0 ? null : ofStep, run: Math.max(0, runSeconds - stepSeconds) + ofStep };
}
