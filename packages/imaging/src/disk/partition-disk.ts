/** Format and Partition Disk: wipes, partitions and formats one disk. */
import type { ImagingPort } from "../port.ts";
import type { Disk } from "./disks.ts";
import type { FileSystem, PartitionLayout, PartitionType } from "./partition-plan.ts";

export interface CreatedPartition {
  readonly number: number;
  readonly path: string;
  readonly type: PartitionType;
  readonly fileSystem: FileSystem;
  readonly sizeBytes: number;
  readonly partUuid: string;
  /** Of the file system; undefined when it was not formatted. */
  readonly uuid: string | undefined;
  readonly label: string | undefined;
  readonly bootable: boolean;
  readonly variable: string | undefined;
  /** `/`, `/boot/efi`, `swap`, `/boot` …; undefined where the layout says nothing about its use. */
  readonly mountSuggestion: string | undefined;
}

export declare function partitionDisk(
  disk: Disk,
  layout: PartitionLayout,
  port: ImagingPort,
): Promise<CreatedPartition[]>;
