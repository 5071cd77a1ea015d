import { expect, test } from 'vitest';
import { limitRate } from '../src/index.ts';

const bytes = Buffer.alloc(100_000);
const request = { signal: AbortSignal.timeout(20_000) };

test('what is fetched comes no faster than the limit, together over all requests', async () => {
  const fetchSlowly = limitRate(
    () => Promise.resolve(new Response(bytes)),
    () => 1_000_000,
  );
  const began = performance.now();

  const bodies = await Promise.all([1, 2, 3].map(async () => (await fetchSlowly('', request)).arrayBuffer()));

  expect(bodies.map(({ byteLength }) => byteLength)).toEqual([100_000, 100_000, 100_000]);
  expect(performance.now() - began).toBeGreaterThan(270);
});

test('without a limit it comes as it comes, and a wait ends with the caller’s signal', async () => {
  expect(
    (
      await (
        await limitRate(
          () => Promise.resolve(new Response(bytes)),
          () => null,
        )('', request)
      ).arrayBuffer()
    ).byteLength,
  ).toBe(100_000);
  const signal = AbortSignal.timeout(50);

  const stuck = await limitRate(
    () => Promise.resolve(new Response(bytes)),
    () => 1,
  )('', { signal });

  await expect(stuck.arrayBuffer()).rejects.toThrow('aborted');
});
