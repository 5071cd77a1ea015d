import { describe, expect, test } from 'vitest';
import { createSlots, inOrderOfStart, machineSlots } from './run-scenarios.ts';
import { scenarios } from './scenarios/index.ts';

describe('how many machines run at a time', () => {
  test('is bounded by cores and by memory, and is at least one', () => {
    expect(machineSlots(2, 24_000)).toBe(2);
    expect(machineSlots(16, 10_000)).toBe(3);
    expect(machineSlots(8, 500)).toBe(1);
  });

  test('is never more than there are slots, and whoever came first goes first', async () => {
    const slots = createSlots(2);
    const order: string[] = [];
    const enter = async (name: string, count: number): Promise<() => void> => {
      const release = await slots.take(count);
      order.push(name);
      return release;
    };
    const leaveFirst = await enter('one', 1);
    const two = enter('two machines', 2);
    const small = enter('small', 1);
    await Promise.resolve();
    expect(order).toEqual(['one']);
    leaveFirst();
    (await two)();
    (await small)();
    expect(order).toEqual(['one', 'two machines', 'small']);
  });

  test('lets a scenario that needs more than there is run alone', async () => {
    const slots = createSlots(1);
    (await slots.take(2))();
    (await slots.take(1))();
  });
});

test('what needs several machines begins first and never holds up the rest, then what takes longest', () => {
  const scenario = (name: string, machineCount: number, timeLimitMinutes: number) => ({ name, machineCount, timeLimitMinutes });
  const given = [scenario('short', 1, 10), scenario('pair', 2, 30), scenario('long', 1, 60)];

  expect(inOrderOfStart(given).map(({ name }) => name)).toEqual(['pair', 'long', 'short']);
});

describe('the table of scenarios', () => {
  test('has each name once, and a sentence for each', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
    for (const { shows } of scenarios) expect(shows).toMatch(/^[A-Z].*\.$/);
  });
});
