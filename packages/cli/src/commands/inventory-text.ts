/** What a computer is made of, in lines for people. */
import {
  formatBytes,
  type HardwareInventory,
  type Inventory,
  type InventoryAdapter,
  type InventoryChange,
  type InventoryDisk,
  type InventoryHistoryEntry,
} from '@ostler/contract';
import { formatFacts, formatTable, type Column } from '../output.ts';

const diskColumns: readonly Column<InventoryDisk>[] = [
  { title: 'DISK', value: ({ name }) => name },
  { title: 'SIZE', value: ({ sizeBytes }) => formatBytes(sizeBytes) },
  { title: 'MODEL', value: ({ model }) => orDash(model) },
  { title: 'SERIAL NUMBER', value: ({ serialNumber }) => orDash(serialNumber) },
  { title: 'TRANSPORT', value: ({ transport }) => orDash(transport) },
  { title: 'KIND', value: ({ rotational, removable }) => `${rotational ? 'hard disk' : 'solid state'}${removable ? ', removable' : ''}` },
];
const adapterColumns: readonly Column<InventoryAdapter>[] = [
  { title: 'ADAPTER', value: ({ name }) => name },
  { title: 'MAC ADDRESS', value: ({ macAddress }) => macAddress },
  { title: 'DRIVER', value: ({ driver }) => orDash(driver) },
  { title: 'MBIT/S', value: ({ megabitsPerSecond }) => megabitsPerSecond || null },
  { title: 'KIND', value: ({ wireless }) => (wireless ? 'wireless' : 'wired') },
];

export function inventoryText({ hardware, operatingSystem, reportedAt, changedAt }: Inventory): string {
  const { firmware, processor, disks, networkAdapters } = hardware;
  const facts = {
    Computer: words(hardware.manufacturer, hardware.model, hardware.sku),
    'Serial number': orDash(hardware.serialNumber),
    'Asset tag': orDash(hardware.assetTag),
    Kind: kindOf(hardware),
    Firmware: words(firmware.kind.toUpperCase(), firmware.vendor, firmware.version, firmware.releaseDate),
    'Secure Boot': firmware.secureBoot,
    TPM: orDash(hardware.tpmVersion),
    Processor: `${orDash(processor.name)}, ${processor.architecture}, cores: ${processor.coreCount}, threads: ${processor.threadCount}`,
    Memory: formatBytes(hardware.memoryBytes),
    'Operating system': orDash(operatingSystem.name),
    'PCI devices': words(...hardware.pciIds),
    'USB devices': words(...hardware.usbIds),
    Reported: reportedAt,
    Changed: changedAt,
  };
  const tables = [
    formatTable(disks, diskColumns, 'It has no disks.'),
    formatTable(networkAdapters, adapterColumns, 'It has no network adapters.'),
  ];
  return [formatFacts(facts), ...tables].join('\n\n');
}

function kindOf({ chassis, virtualMachine }: HardwareInventory): string {
  if (virtualMachine.virtual) return words('virtual machine', virtualMachine.platform);
  return `${chassis.portable ? 'portable' : 'not portable'} (chassis type ${chassis.type})`;
}

/** A line a change, under the time of its report. */
export function historyText(entries: readonly InventoryHistoryEntry[]): string {
  if (entries.length === 0) return 'Nothing has changed since its first report.';
  return entries.map(({ at, changes }) => [at, ...changes.map((change) => `  ${changeText(change)}`)].join('\n')).join('\n');
}

function changeText({ property, before, after }: InventoryChange): string {
  if (before === null) return `${property}: came ${valueText(after)}`;
  if (after === null) return `${property}: went ${valueText(before)}`;
  return `${property}: ${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: InventoryChange['before']): string {
  if (typeof value === 'string') return orDash(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .filter(([, part]) => part !== '' && part !== false)
    .map(([key, part]) => `${key} ${typeof part === 'object' ? JSON.stringify(part) : String(part)}`)
    .join(', ');
}

function words(...parts: readonly string[]): string {
  return orDash(parts.filter((part) => part !== '').join(' '));
}

function orDash(text: string): string {
  return text || '–';
}
