/** From a list of wanted partitions to exact sectors on a disk of a given size. Pure. */
import type { PartitionStyle } from "./disks.ts";

export const partitionTypes = [
  "primary",
  "extended",
  "logical",
  "hidden",
  "efi",
  "msr",
  "recovery",
  "bios-boot",
] as const;
export type PartitionType = (typeof partitionTypes)[number];

export const fileSystems = ["ext4", "xfs", "btrfs", "fat32", "ntfs", "swap", "none"] as const;
export type FileSystem = (typeof fileSystems)[number];

/** `percent` is of the free space that is left once the fixed sizes before it are taken. MB and GB are MiB and GiB, as in Configuration Manager. */
export interface PartitionSize {
  readonly value: number;
  readonly unit: "MB" | "GB" | "percent";
}

/** One row of Format and Partition Disk. */
export interface PartitionRequest {
  readonly type: PartitionType;
  readonly size: PartitionSize;
  readonly fileSystem: FileSystem;
  readonly label?: string;
  readonly bootable?: boolean;
  /** The sequence variable that receives the partition's device path. */
  readonly variable?: string;
}

export interface PartitionLayout {
  readonly style: PartitionStyle;
  readonly partitions: readonly PartitionRequest[];
}

export interface PlannedPartition extends PartitionRequest {
  /** The number in the partition table (logical partitions of an MBR disk begin at 5). */
  readonly number: number;
  readonly startSector: number;
  readonly sizeSectors: number;
  readonly sizeBytes: number;
  /** GPT type GUID, or MBR type as two hexadecimal digits. */
  readonly typeCode: string;
  /** GPT attribute bits that sfdisk names, such as `RequiredPartition GUID:63`. */
  readonly attributes: readonly string[];
}

export interface PartitionPlan {
  readonly style: PartitionStyle;
  readonly sectorBytes: number;
  readonly partitions: readonly PlannedPartition[];
}

export declare function planPartitions(
  disk: { sizeBytes: number; logicalSectorBytes: number; path: string },
  layout: PartitionLayout,
): PartitionPlan;
/** Reads OSDPartitionStyle and the OSDPartitionsN… array; undefined when there is no OSDPartitions0Type. */
export declare function layoutFromVariables(
  value: (name: string) => string | undefined,
): PartitionLayout | undefined;
