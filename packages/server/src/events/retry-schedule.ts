/** When something that could not be told is tried again, and when that ends. */

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** After the first attempt, the second and so on; then always the last. A restart of the receiver is short, a broken one takes hours. */
const delaysMs: readonly number[] = [5 * secondMs, minuteMs, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 6 * hourMs];
const lastDelayMs = 12 * hourMs;
/** A weekend: what is older is of no use to anybody. */
const giveUpAfterMs = 72 * hourMs;

/** @returns null: it is given up */
export function nextAttemptAtMs({ attempts, createdAtMs, nowMs }: { attempts: number; createdAtMs: number; nowMs: number }): number | null {
  const next = nowMs + (delaysMs[attempts - 1] ?? lastDelayMs);
  return next - createdAtMs > giveUpAfterMs ? null : next;
}
