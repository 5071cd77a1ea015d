/** Steps of the category Disks (feature map §2.4): their options and what the engine knows of them. */
import { z } from 'zod';
import { VariableName } from '../common.ts';
import { bootImage, type StepFactsOf } from './shared.ts';

export const PartitionType = z.enum(['primary', 'extended', 'logical', 'hidden', 'efi', 'msr', 'recovery', 'bios-boot', 'swap']);
export const FileSystem = z.enum(['ext4', 'xfs', 'btrfs', 'fat32', 'ntfs', 'swap', 'none']);
export const PartitionOptions = z.strictObject({
  name: z.string().max(36).default(''),
  type: PartitionType.default('primary'),
  fileSystem: FileSystem.default('ext4'),
  size: z.number().positive(),
  /** percent: of the space that is still free when this partition's turn comes. */
  sizeUnits: z.enum(['MB', 'GB', 'percent']),
  bootable: z.boolean().default(false),
  quickFormat: z.boolean().default(true),
  /** Where the installed system has it: `/boot`, `/home` …; by itself an EFI system partition is at `/boot/efi`, and swap is used. */
  mountPoint: z
    .string()
    .regex(/^(?:\/[\w.@+-]+)+$/, 'is not an absolute path')
    .max(255)
    .optional(),
  /** The variable that gets the partition's device path, for later steps. */
  variable: VariableName.optional(),
});
export type PartitionOptions = z.output<typeof PartitionOptions>;

export const disksOptions = {
  'format-and-partition-disk': z.strictObject({
    disk: z.number().int().min(0).default(0),
    style: z.enum(['gpt', 'mbr']),
    partitions: z.array(PartitionOptions).min(1).max(128),
    /**
     * An array or volume group on the disk is stopped and removed. One that also lives on another disk stops the step (refuse), or
     * loses this disk (break): what is on the other disks may be lost with it.
     */
    sharedStorage: z.enum(['refuse', 'break']).default('refuse'),
  }),
} satisfies Record<string, z.ZodType>;

export const disksFacts = {
  'format-and-partition-disk': { title: 'Format and Partition Disk', environments: bootImage, interrupted: 'repeat' },
} as const satisfies StepFactsOf<typeof disksOptions>;
