import { describe, expect, test } from 'vitest';
import { defaultDisregarded, matchDevice, nameForMachine, regardedIdentity } from './identity.ts';

const laptop = { deviceId: 'laptop', smbiosUuid: 'u1', macAddresses: ['dock', 'own'] };
const imported = { deviceId: 'imported', smbiosUuid: null, macAddresses: ['m2'] };
const known = [laptop, imported];

describe('a machine is found', () => {
  test.each([
    ['by its UUID', 'u1', ['new'], 'laptop'],
    ['by its UUID before its MAC address', 'u1', ['m2'], 'laptop'],
    ['by its MAC address when the device has no UUID yet', 'u9', ['m2'], 'imported'],
    ['by its MAC address when it has no UUID', null, ['own'], 'laptop'],
    ['not by a MAC address of a device with another UUID: a docking station', 'u9', ['dock'], null],
    ['not at all when it is new', 'u9', ['new'], null],
  ])('%s', (_how, smbiosUuid, macAddresses, expected) => {
    expect(matchDevice({ smbiosUuid, macAddresses }, known)).toBe(expected);
  });
});

test('ids that many machines share identify nobody', () => {
  const shared = defaultDisregarded.disregardedSmbiosUuids[2] ?? '';
  const site = { disregardedSmbiosUuids: [], disregardedMacAddresses: ['00:11:22:33:44:55'] };

  expect(regardedIdentity({ smbiosUuid: shared, macAddresses: ['00:11:22:33:44:55', 'aa:bb:cc:dd:ee:ff'] }, site)).toEqual({
    smbiosUuid: null,
    macAddresses: ['aa:bb:cc:dd:ee:ff'],
  });
});

test('a machine that nobody named gets a name of 15 characters', () => {
  expect(nameForMachine({ smbiosUuid: null, macAddresses: ['52:54:00:12:34:56'] })).toBe('pc-525400123456');
});
