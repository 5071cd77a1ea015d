/** Computers that do not exist: each with ids of its own, and the facts and inventory that an agent would find. */
import { createHash } from 'node:crypto';
import { unknownHardware, type DeviceFacts, type InventoryReport } from '@ostler/contract';

export interface Machine {
  readonly name: string;
  readonly macAddress: string;
  readonly smbiosUuid: string;
  /** Of its boot or enrolment. */
  readonly claim: string;
  readonly facts: DeviceFacts;
  readonly inventory: InventoryReport;
}

const gib = 2 ** 30;

/** The same number is the same computer. */
export function machineOf(number: number): Machine {
  const hex = number.toString(16).padStart(8, '0');
  const macAddress = `02:00:${hex.match(/../g)?.join(':') ?? ''}`;
  const smbiosUuid = `05712e00-0000-4000-8000-0000${hex}`;
  const made = {
    manufacturer: 'Example',
    model: `Model ${number % 20}`,
    serialNumber: `SN${hex}`,
    assetTag: '',
    memoryBytes: (8 + (number % 4) * 8) * gib,
  };
  const disk = { name: 'nvme0n1', model: 'Example SSD', sizeBytes: 512 * gib, transport: 'nvme' };
  return {
    name: `PC-${number}`,
    macAddress,
    smbiosUuid,
    claim: createHash('sha256').update(smbiosUuid).digest('hex'),
    facts: { ...made, macAddresses: [macAddress], smbiosUuid, firmware: 'uefi', secureBoot: 'enabled', cpuCount: 8, disks: [disk] },
    inventory: {
      operatingSystem: null,
      hardware: {
        ...unknownHardware,
        ...made,
        firmware: { kind: 'uefi', vendor: 'Example', version: '1.0', releaseDate: '2026-01-31', secureBoot: 'enabled' },
        tpmVersion: '2.0',
        disks: [{ ...disk, serialNumber: `D${hex}`, rotational: false, removable: false }],
        networkAdapters: [{ name: 'enp1s0', macAddress, driver: 'e1000e', megabitsPerSecond: 1000, wireless: false }],
        pciIds: Array.from({ length: 30 }, (_, index) => `8086:${(4096 + index).toString(16)}`),
      },
    },
  };
}
