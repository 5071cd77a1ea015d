/** Slows guessing: so many tries a key (a name, an address) in a time, then a wait. Kept in memory: a restart forgives. */
import { OstlerError } from '@ostler/contract';

export interface AttemptLimitOptions {
  readonly maxAttempts: number;
  readonly windowMs: number;
  readonly now: () => number;
}

export interface AttemptLimit {
  /**
   * Counts a try before it is made, so that tries at the same moment count too.
   * @throws OstlerError TOO_MANY_ATTEMPTS
   */
  count(key: string): void;
  /** A try that succeeded takes back all that were counted. */
  forget(key: string): void;
}

/** Beyond this many keys the oldest are forgotten, so that a flood of made-up names does not fill the memory. */
const maxKeys = 10_000;

export function createAttemptLimit({ maxAttempts, windowMs, now }: AttemptLimitOptions): AttemptLimit {
  const attempts = new Map<string, readonly number[]>();
  return {
    count: (key) => {
      const time = now();
      const recent = (attempts.get(key) ?? []).filter((at) => at > time - windowMs);
      const oldest = recent[0];
      if (oldest !== undefined && recent.length >= maxAttempts) {
        throw new OstlerError('TOO_MANY_ATTEMPTS', { seconds: Math.max(1, Math.ceil((oldest + windowMs - time) / 1000)) });
      }
      attempts.delete(key);
      attempts.set(key, [...recent, time]);
      const [first] = attempts.keys();
      if (attempts.size > maxKeys && first !== undefined) attempts.delete(first);
    },
    forget: (key) => void attempts.delete(key),
  };
}
