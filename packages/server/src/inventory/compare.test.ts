import { unknownHardware, unknownSystem, type InventoryDisk } from '@ostler/contract';
import { expect, it } from 'vitest';
import { compareInventories } from './compare.ts';

const disk: InventoryDisk = {
  name: 'sda',
  model: 'PM9A1',
  serialNumber: 'S1',
  sizeBytes: 1,
  transport: 'sata',
  rotational: false,
  removable: false,
};
const adapter = { name: 'eth0', macAddress: '52:54:00:00:00:01', driver: 'e1000e', megabitsPerSecond: 1000, wireless: false };
const before = { hardware: { ...unknownHardware, disks: [disk], networkAdapters: [adapter] }, operatingSystem: null };

it('names what is another value now, what went and what came', () => {
  const firmware = { ...unknownHardware.firmware, version: '1.13.0' };
  const other = { ...disk, serialNumber: 'S2' };
  const after = {
    hardware: { ...before.hardware, memoryBytes: 8, firmware, disks: [other], pciIds: ['8086:15f3'] },
    operatingSystem: null,
  };
  const { name: _name, ...went } = disk;

  expect(compareInventories(before, after)).toEqual([
    { property: 'firmware.version', before: '', after: '1.13.0' },
    { property: 'memoryBytes', before: 0, after: 8 },
    { property: 'disks', before: went, after: null },
    { property: 'disks', before: null, after: { ...went, serialNumber: 'S2' } },
    { property: 'pciIds', before: null, after: '8086:15f3' },
  ]);
});

it('what differs from start to start on the same hardware is no change: the kernel’s names, their order, the speed of a link', () => {
  const second = { ...disk, name: 'sdb', serialNumber: 'S2' };
  const two = { ...before, hardware: { ...before.hardware, disks: [disk, second] } };
  const swapped = [
    { ...second, name: 'sda' },
    { ...disk, name: 'sdb' },
  ];
  const networkAdapters = [{ ...adapter, name: 'enp1s0', megabitsPerSecond: 0 }];

  expect(compareInventories(two, { ...two, hardware: { ...two.hardware, disks: swapped, networkAdapters } })).toEqual([]);
});

it('an operating system counts where both reports know one', () => {
  const debian = { ...unknownSystem, name: 'Debian 12', version: '12' };
  const newer = { ...debian, version: '13' };

  expect(compareInventories({ ...before, operatingSystem: debian }, { ...before, operatingSystem: newer })).toEqual([
    { property: 'operatingSystem.version', before: '12', after: '13' },
  ]);
  expect(compareInventories({ ...before, operatingSystem: debian }, before)).toEqual([]);
});
