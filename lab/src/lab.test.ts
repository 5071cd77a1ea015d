import { expect, test } from 'vitest';
import { durations } from './lab.ts';
import { machineIdentity } from './machine.ts';

test('each part lasts from the one before, and a clock that is behind makes no negative time', () => {
  const moments = [
    { what: 'firmware', at: 1500 },
    { what: 'agent', at: 1400 },
    { what: 'image', at: 4000 },
  ];
  expect(durations(1000, moments).map(({ ms }) => ms)).toEqual([500, 0, 2500]);
});

test('a machine’s name is its identity', () => {
  expect(machineIdentity('lab-1', 2)).toEqual(machineIdentity('lab-1', 2));
  expect(machineIdentity('lab-1', 1).uuid).not.toBe(machineIdentity('lab-2', 1).uuid);
  expect(machineIdentity('lab-1', 2).uuid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(machineIdentity('lab-1', 2).macAddresses[1]).toMatch(/^52:54:00:[0-9a-f]{2}:[0-9a-f]{2}:02$/);
});
