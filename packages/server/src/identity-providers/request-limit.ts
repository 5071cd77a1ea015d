/** So many requests of a key in a time, then a wait: of what costs somebody else something. Kept in memory: each server counts for itself. */
import { OstlerError } from '@ostler/contract';

export interface RequestLimitOptions {
  readonly maxRequests: number;
  readonly windowMs: number;
  readonly now: () => number;
}

/** Beyond this many keys the oldest are forgotten, so that a flood of made-up ones does not fill the memory. */
const maxKeys = 10_000;

/** @returns what counts a request before it is made; it throws OstlerError TOO_MANY_ATTEMPTS */
export function createRequestLimit({ maxRequests, windowMs, now }: RequestLimitOptions): (key: string) => void {
  const requests = new Map<string, readonly number[]>();
  return (key) => {
    const time = now();
    const recent = (requests.get(key) ?? []).filter((at) => at > time - windowMs);
    const oldest = recent[0];
    if (oldest !== undefined && recent.length >= maxRequests) {
      throw new OstlerError('TOO_MANY_ATTEMPTS', { seconds: Math.max(1, Math.ceil((oldest + windowMs - time) / 1000)) });
    }
    requests.delete(key);
    requests.set(key, [...recent, time]);
    const [first] = requests.keys();
    if (requests.size > maxKeys && first !== undefined) requests.delete(first);
  };
}
