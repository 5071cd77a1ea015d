/** Steps of the category Disks (feature map §2.4): their options and what the engine knows of them. */
import { z } from 'zod';
import { VariableName } from '../common.ts';
import { bootImage, Destination, installedOs, type StepFactsOf } from './shared.ts';

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
  'pre-provision-disk-encryption': z.strictObject({
    /** A partition of Format and Partition Disk, before an image is applied to it. `/boot` must be a partition of its own. */
    destination: Destination.default({ kind: 'next-available-partition' }),
    /** Leaves a computer without a TPM 2.0 unencrypted instead of encrypting it for a recovery key alone. */
    skipWithoutTpm: z.boolean().default(false),
  }),
  'enable-disk-encryption': z.strictObject({
    /** What opens the disk at each start; none: the recovery key has to be typed. */
    protector: z.enum(['tpm', 'tpm-and-pin', 'none']).default('tpm'),
    /** A variable, best a secret one, that holds the PIN. OSDBitLockerPIN wins. */
    pinVariable: VariableName.optional(),
    /** Registers of measured boot that must be unchanged; 7 is the state of Secure Boot. */
    pcrs: z.array(z.number().int().min(0).max(23)).min(1).max(24).default([7]),
    /** Where the recovery key is kept. OSDBitLockerRecoveryPassword, when set, is the key. */
    recoveryKey: z.enum(['site', 'none']).default('site'),
  }),
  /** Suspends only: the disk stays encrypted, and opens by a key in clear until Enable Disk Encryption runs again. */
  'disable-disk-encryption': z.strictObject({}),
  'pre-provision-bitlocker': z.strictObject({
    destination: Destination,
    encrypt: z.enum(['used-space', 'full-disk']).default('used-space'),
    skipWithoutTpm: z.boolean().default(false),
  }),
  'enable-bitlocker': z.strictObject({
    drive: z
      .discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('operating-system'),
          protector: z.enum(['tpm', 'startup-key', 'tpm-and-startup-key', 'tpm-and-pin']).default('tpm'),
        }),
        z.strictObject({ kind: z.literal('data'), letter: z.string().regex(/^[A-Za-z]:$/, 'is not a drive letter') }),
      ])
      .prefault({ kind: 'operating-system' }),
    encrypt: z.enum(['used-space', 'full-disk']).default('used-space'),
    recoveryKey: z.enum(['site', 'active-directory', 'none']).default('active-directory'),
    waitForCompletion: z.boolean().default(false),
  }),
  'disable-bitlocker': z.strictObject({
    /** Of a data drive; empty is the drive of the running Windows. */
    letter: z
      .string()
      .regex(/^(?:[A-Za-z]:)?$/, 'is not a drive letter')
      .default(''),
    /** How many restarts protection stays suspended; OSDBitLockerRebootCount wins. */
    rebootCount: z.number().int().min(0).max(15).default(1),
  }),
} satisfies Record<string, z.ZodType>;

export const disksFacts = {
  'format-and-partition-disk': { title: 'Format and Partition Disk', environments: bootImage, interrupted: 'repeat' },
  'pre-provision-disk-encryption': { title: 'Pre-provision Disk Encryption', environments: bootImage, interrupted: 'repeat' },
  'enable-disk-encryption': { title: 'Enable Disk Encryption', environments: installedOs, interrupted: 'repeat' },
  'disable-disk-encryption': { title: 'Disable Disk Encryption', environments: installedOs, interrupted: 'repeat' },
  'pre-provision-bitlocker': { title: 'Pre-provision BitLocker', environments: bootImage, interrupted: 'repeat', needs: 'windows-adapter' },
  'enable-bitlocker': { title: 'Enable BitLocker', environments: installedOs, interrupted: 'repeat', needs: 'windows-adapter' },
  'disable-bitlocker': { title: 'Disable BitLocker', environments: installedOs, interrupted: 'repeat', needs: 'windows-adapter' },
} as const satisfies StepFactsOf<typeof disksOptions>;
