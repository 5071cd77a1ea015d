import { expect, test } from 'vitest';
import { planPowerCuts } from './power-cuts.ts';

const steps = Array.from({ length: 18 }, (_each, index) => ({ number: index + 1, lastsMs: 5000 }));
const options = { count: 20, startMs: 50_000, steps };

test('a seed gives the same cuts again, another seed others', () => {
  expect(planPowerCuts(7, options)).toEqual(planPowerCuts(7, options));
  expect(planPowerCuts(7, options)).not.toEqual(planPowerCuts(8, options));
});

test('there are as many cuts as wanted, at starts and at steps, and no step is waited for twice or after a later one', () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const cuts = planPowerCuts(seed, options);
    const numbers = cuts.flatMap(({ from }) => (from === 'power-on' ? [] : [from]));
    expect(cuts).toHaveLength(20);
    expect(numbers).toHaveLength(13);
    expect(numbers.every((number, index) => number > (numbers[index - 1] ?? 0))).toBe(true);
  }
});

test('the moments spread over the whole start and over the whole step', () => {
  const cuts = Array.from({ length: 200 }, (_each, seed) => planPowerCuts(seed, options)).flat();
  const atStart = cuts.filter(({ from }) => from === 'power-on').map(({ delayMs }) => delayMs);
  const atSteps = cuts.filter(({ from }) => from !== 'power-on').map(({ delayMs }) => delayMs);
  expect(Math.min(...atStart)).toBeLessThan(1000);
  expect(Math.max(...atStart)).toBeGreaterThan(49_000);
  expect(Math.min(...atSteps)).toBeLessThan(100);
  expect(Math.max(...atSteps)).toBeGreaterThan(6400);
});
