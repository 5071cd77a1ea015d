import { unknownHardware, unknownSystem } from '@ostler/contract';
import { expect, it } from 'vitest';
import { historyText, inventoryText } from './inventory-text.ts';

const times = { reportedAt: '2026-11-27T10:00:00.000Z', changedAt: '2026-11-26T10:00:00.000Z' };
const disk = {
  name: 'sda',
  model: 'PM9A1',
  serialNumber: '',
  sizeBytes: 512 * 1024 ** 3,
  transport: 'nvme',
  rotational: false,
  removable: false,
};

it('an inventory is facts, then disks and adapters in tables; what is not known is a dash', () => {
  const virtualMachine = { virtual: true, platform: 'qemu' };
  const text = inventoryText({
    ...times,
    hardware: { ...unknownHardware, manufacturer: 'QEMU', model: 'Standard PC', virtualMachine, disks: [disk] },
    operatingSystem: { ...unknownSystem, name: 'Debian GNU/Linux 13 (trixie)' },
  });

  expect(text).toMatch(/^Computer +QEMU Standard PC$/m);
  expect(text).toMatch(/^Serial number +–$/m);
  expect(text).toMatch(/^Kind +virtual machine qemu$/m);
  expect(text).toMatch(/^Operating system +Debian GNU\/Linux 13 \(trixie\)$/m);
  expect(text).toMatch(/^sda +512 GiB +PM9A1 +– +nvme +solid state$/m);
  expect(text).toContain('It has no network adapters.');
});

it('a history names what was another value, what went and what came', () => {
  const changes = [
    { property: 'firmware.version', before: '1.12', after: '1.13' },
    { property: 'disks', before: { model: 'PM9A1', serialNumber: 'S1', removable: false }, after: null },
    { property: 'pciIds', before: null, after: '8086:15f3' },
  ];

  expect(historyText([{ at: times.changedAt, changes }])).toBe(
    [
      '2026-11-26T10:00:00.000Z',
      '  firmware.version: 1.12 → 1.13',
      '  disks: went model PM9A1, serialNumber S1',
      '  pciIds: came 8086:15f3',
    ].join('\n'),
  );
  expect(historyText([])).toBe('Nothing has changed since its first report.');
});
