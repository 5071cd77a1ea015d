import { expect, it } from 'vitest';
import { Traffic } from './traffic.ts';

it('says how many were answered, how long they took, and what went wrong', () => {
  const traffic = new Traffic();
  for (let ms = 1; ms <= 100; ms += 1) traffic.answered('client.poll', ms);
  traffic.answered('agent.hello', 1000);
  traffic.failed('agent.hello', '500 INTERNAL');
  traffic.failed('agent.hello', '500 INTERNAL');
  traffic.lost('client.poll');
  traffic.deferred('agent.hello');

  expect(traffic.byKind()).toEqual([
    { kind: 'client.poll', count: 100, p50Ms: 50, p95Ms: 95, p99Ms: 99, errors: 0, lost: 1, deferred: 0 },
    { kind: 'agent.hello', count: 1, p50Ms: 1000, p95Ms: 1000, p99Ms: 1000, errors: 2, lost: 0, deferred: 1 },
  ]);
  expect(traffic.total()).toMatchObject({ count: 101, errors: 2, lost: 1, deferred: 1 });
  expect(traffic.problems()).toEqual(['2 × agent.hello: 500 INTERNAL']);
});
