import { describe, expect, test } from 'vitest';
import { defaultDisregarded, matchDevice, nameForMachine, regardedIdentity } from './identity.ts';

const laptop = { deviceId: 'laptop', smbiosUuid: 'u1', macAddresses: ['dock', 'own'], serialNumber: 'S1', isSeenOnly: false };
const imported = { deviceId: 'imported', smbiosUuid: null, macAddresses: ['m2'], serialNumber: null, isSeenOnly: false };
const bought = { deviceId: 'bought', smbiosUuid: null, macAddresses: [], serialNumber: 'S3', isSeenOnly: false };
const twins = ['a', 'b'].map((name) => ({ ...bought, deviceId: `twin-${name}`, serialNumber: 'S4' }));
const seen = { deviceId: 'seen', smbiosUuid: 'u5', macAddresses: ['m5'], serialNumber: null, isSeenOnly: true };
const known = [laptop, imported, bought, ...twins, seen];

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

describe('by a serial number a machine is found', () => {
  test.each([
    ['where nothing else is known of it', 'u9', ['new'], 's3', 'bought'],
    ['before what was only met on the network', 'u5', ['m5'], 'S3', 'bought'],
    ['not of a computer with another UUID', 'u9', ['new'], 'S1', null],
    ['not where two computers have it', 'u9', ['new'], 'S4', null],
    ['after its UUID and its MAC address', 'u1', ['m2'], 'S3', 'laptop'],
    ['not where it says none', 'u9', ['new'], null, null],
  ])('%s', (_how, smbiosUuid, macAddresses, serialNumber, expected) => {
    expect(matchDevice({ smbiosUuid, macAddresses, serialNumber }, known)).toBe(expected);
  });
});

test('ids that many machines share identify nobody', () => {
  const shared = defaultDisregarded.disregardedSmbiosUuids[2] ?? '';
  const site = { disregardedSmbiosUuids: [], disregardedMacAddresses: ['00:11:22:33:44:55'] };

  expect(
    regardedIdentity({ smbiosUuid: shared, macAddresses: ['00:11:22:33:44:55', 'aa:bb:cc:dd:ee:ff'], serialNumber: 'None' }, site),
  ).toEqual({
    smbiosUuid: null,
    macAddresses: ['aa:bb:cc:dd:ee:ff'],
    serialNumber: null,
  });
});

test('a machine that nobody named gets a name of 15 characters', () => {
  expect(nameForMachine({ smbiosUuid: null, macAddresses: ['52:54:00:12:34:56'] })).toBe('pc-525400123456');
});
