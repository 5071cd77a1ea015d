/** The disks of this machine, and the choice of one by index, path or serial number. Changes nothing. */
import type { ImagingPort } from "../port.ts";

export type PartitionStyle = "gpt" | "mbr";

export interface Disk {
  /** Position among the disks that a sequence may number (OSDDiskIndex); undefined for removable and read-only ones. */
  readonly index: number | undefined;
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly model: string | undefined;
  readonly serial: string | undefined;
  /** sata, nvme, usb, virtio … as the kernel says. */
  readonly transport: string | undefined;
  readonly rotational: boolean;
  readonly removable: boolean;
  readonly readOnly: boolean;
  readonly logicalSectorBytes: number;
  readonly physicalSectorBytes: number;
  readonly partitionTable: PartitionStyle | undefined;
  /** The partitions on it now, with where they are mounted. */
  readonly partitions: readonly DiskPartition[];
}

export interface DiskPartition {
  readonly path: string;
  readonly number: number;
  readonly sizeBytes: number;
  readonly mountPoints: readonly string[];
}

/** By number (OSDDiskIndex), by device path or link below /dev/disk, or by serial number. */
export type DiskChoice =
  | { readonly index: number }
  | { readonly path: string }
  | { readonly serial: string };

export declare function listDisks(port: ImagingPort): Promise<Disk[]>;
export declare function chooseDisk(disks: readonly Disk[], choice: DiskChoice): Disk;
