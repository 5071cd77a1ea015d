import { expect, it } from 'vitest';
import { createRequestLimit } from './request-limit.ts';

it('requests are let in again one by one as the old ones grow old', () => {
  let nowMs = 0;
  const count = createRequestLimit({ maxRequests: 2, windowMs: 10_000, now: () => nowMs });
  count('a');
  nowMs = 6000;
  count('a');

  expect(() => count('a')).toThrow('Wait 4 seconds');
  count('b');
  nowMs = 10_000;
  count('a');
  expect(() => count('a')).toThrow('Wait 6 seconds');
});
