/** A device as one plain document, for whoever asks questions of devices: the queries of collections, reports, scripts. */
import { z } from 'zod';
import { Id, Name, Timestamp } from './common.ts';
import { DeviceState, DeviceTag } from './device.ts';
import { HardwareInventory, InstalledSystem } from './inventory.ts';
import { RunState } from './run.ts';

/** Its newest run, whatever became of it. */
export const LastRun = z.strictObject({
  /** Empty: nothing has run there yet, and every other text is empty too. */
  state: z.union([RunState, z.literal('')]),
  deploymentId: z.string(),
  taskSequenceId: z.string(),
  taskSequenceName: z.string(),
  startedAt: Timestamp.nullable(),
  endedAt: Timestamp.nullable(),
});
export type LastRun = z.output<typeof LastRun>;

export const DeviceDocument = z.strictObject({
  id: Id,
  name: Name,
  state: DeviceState,
  tags: z.array(DeviceTag),
  /** Who it is for, as far as that is confirmed. */
  users: z.array(z.string()),
  macAddresses: z.array(z.string()),
  /** Empty where it is not known. */
  smbiosUuid: z.string(),
  createdAt: Timestamp,
  lastSeenAt: Timestamp.nullable(),
  /** Null: it has not reported its inventory, and `hardware` holds only what it said at its last start. */
  reportedAt: Timestamp.nullable(),
  hardware: HardwareInventory,
  operatingSystem: InstalledSystem,
  lastRun: LastRun,
});
export type DeviceDocument = z.output<typeof DeviceDocument>;
