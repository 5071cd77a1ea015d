/**
 * What a computer is made of, as its agent reports it, and what has changed of it since. A value that is not known is empty or 0, never
 * absent: whoever asks (a collection's query, a report) needs no case for it.
 */
import { z } from 'zod';
import { Firmware, MacAddress, SizeBytes, Timestamp } from './common.ts';

const Text = z.string().max(200);
const Count = z.number().int().nonnegative();
/** `8086:15f3`: vendor and device (or product), in lower-case hexadecimal. */
const BusId = z.string().regex(/^[0-9a-f]{4}:[0-9a-f]{4}$/, 'is not a vendor and a device in hexadecimal');

export const SecureBoot = z.enum(['enabled', 'disabled', 'unsupported']);

export const InventoryDisk = z.strictObject({
  /** The kernel's: it may be another at the next start. */
  name: Text,
  model: Text,
  serialNumber: Text,
  sizeBytes: SizeBytes,
  /** sata, nvme, usb, virtio … */
  transport: Text,
  rotational: z.boolean(),
  removable: z.boolean(),
});
export type InventoryDisk = z.output<typeof InventoryDisk>;

export const InventoryAdapter = z.strictObject({
  /** The kernel's: it may be another at the next start. */
  name: Text,
  macAddress: MacAddress,
  driver: Text,
  /** Of the link now; 0 without one. */
  megabitsPerSecond: Count,
  wireless: z.boolean(),
});
export type InventoryAdapter = z.output<typeof InventoryAdapter>;

export const HardwareInventory = z.strictObject({
  manufacturer: Text,
  model: Text,
  productFamily: Text,
  sku: Text,
  serialNumber: Text,
  assetTag: Text,
  chassis: z.strictObject({
    /** As SMBIOS numbers it (SMBIOS 3.7 §7.4.1): 3 is a desktop, 10 a notebook. */
    type: Count,
    portable: z.boolean(),
  }),
  virtualMachine: z.strictObject({
    virtual: z.boolean(),
    /** qemu, vmware, hyper-v, virtualbox, xen …; empty where it does not say. */
    platform: Text,
  }),
  firmware: z.strictObject({
    kind: Firmware,
    vendor: Text,
    version: Text,
    /** `2026-01-31`. */
    releaseDate: z.string().regex(/^(?:\d{4}-\d\d-\d\d)?$/, 'is not a date'),
    secureBoot: SecureBoot,
  }),
  /** `2.0`, `1.2`; empty where there is none, or the firmware has switched it off. */
  tpmVersion: Text,
  processor: z.strictObject({
    name: Text,
    vendor: Text,
    architecture: Text,
    packageCount: Count,
    coreCount: Count,
    threadCount: Count,
  }),
  memoryBytes: SizeBytes,
  disks: z.array(InventoryDisk).max(256),
  networkAdapters: z.array(InventoryAdapter).max(64),
  /** Each id once, sorted. */
  pciIds: z.array(BusId).max(1024),
  usbIds: z.array(BusId).max(1024),
});
export type HardwareInventory = z.output<typeof HardwareInventory>;

/** What is known of a computer that has not reported yet. */
export const unknownHardware: HardwareInventory = {
  manufacturer: '',
  model: '',
  productFamily: '',
  sku: '',
  serialNumber: '',
  assetTag: '',
  chassis: { type: 0, portable: false },
  virtualMachine: { virtual: false, platform: '' },
  firmware: { kind: 'bios', vendor: '', version: '', releaseDate: '', secureBoot: 'unsupported' },
  tpmVersion: '',
  processor: { name: '', vendor: '', architecture: '', packageCount: 0, coreCount: 0, threadCount: 0 },
  memoryBytes: 0,
  disks: [],
  networkAdapters: [],
  pciIds: [],
  usbIds: [],
};

/** The operating system that the agent runs in, on the disk. */
export const InstalledSystem = z.strictObject({
  family: z.enum(['', 'linux', 'windows']),
  /** `Debian GNU/Linux 13 (trixie)`. */
  name: Text,
  version: Text,
  architecture: Text,
  language: Text,
});
export type InstalledSystem = z.output<typeof InstalledSystem>;
export const unknownSystem: InstalledSystem = { family: '', name: '', version: '', architecture: '', language: '' };

export const InventoryReport = z.strictObject({
  hardware: HardwareInventory,
  /** Null from the boot environment: what was known of the disk stays. */
  operatingSystem: InstalledSystem.nullable(),
});
export type InventoryReport = z.output<typeof InventoryReport>;

/** What a device last reported. */
export const Inventory = z.strictObject({
  hardware: HardwareInventory,
  operatingSystem: InstalledSystem,
  reportedAt: Timestamp,
  /** When a report last differed from the one before. */
  changedAt: Timestamp,
});
export type Inventory = z.output<typeof Inventory>;

/** Anything that JSON holds. */
export const JsonValue = z.json();

/** One value that was another before. Of a list, what came has no `before`, and what went no `after`. */
export const InventoryChange = z.strictObject({
  /** `memoryBytes`, `firmware.version`, `disks`. */
  property: z.string(),
  before: JsonValue,
  after: JsonValue,
});
export type InventoryChange = z.output<typeof InventoryChange>;
export const InventoryHistoryEntry = z.strictObject({ at: Timestamp, changes: z.array(InventoryChange) });
export type InventoryHistoryEntry = z.output<typeof InventoryHistoryEntry>;
