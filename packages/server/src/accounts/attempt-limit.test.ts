import { describe, expect, it } from 'vitest';
import { createAttemptLimit } from './attempt-limit.ts';

describe('an attempt limit', () => {
  it('lets tries in again one by one as the old ones grow old', () => {
    let nowMs = 0;
    const limit = createAttemptLimit({ maxAttempts: 2, windowMs: 10_000, now: () => nowMs });
    limit.count('a');
    nowMs = 6000;
    limit.count('a');

    expect(() => limit.count('a')).toThrow('Wait 4 seconds');
    limit.count('b');
    nowMs = 10_000;
    limit.count('a');
    expect(() => limit.count('a')).toThrow('Wait 6 seconds');
  });

  it('forgets a key that succeeded', () => {
    const limit = createAttemptLimit({ maxAttempts: 1, windowMs: 10_000, now: () => 0 });
    limit.count('a');
    limit.forget('a');
    limit.count('a');
  });
});
