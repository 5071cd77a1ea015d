/** The boot image: the environment that machines boot into to be deployed. */
import { z } from 'zod';
import { Architecture, ContentRef, Id, Timestamp } from './common.ts';

/** What a boot image is built from, as the administrator chooses it. */
export const BootImageOptions = z.strictObject({
  architecture: Architecture.default('amd64'),
  suite: z.enum(['trixie']).default('trixie'),
  mirror: z.url().default('http://deb.debian.org/debian'),
  extraPackages: z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/)).default([]),
  firmwarePackages: z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/)).default([]),
  /** Run in the boot environment before the agent starts. */
  prestartCommand: z.string().max(2000).nullable().default(null),
  /** A debug shell on the target: for testing only. */
  commandSupport: z.boolean().default(false),
});
export type BootImageOptions = z.output<typeof BootImageOptions>;

export const BuildBootImage = z.strictObject({ options: BootImageOptions.prefault({}), force: z.boolean().default(false) });

/** A built boot image: immutable; its files are content of the store, by name (`kernel`, `initramfs`, `squashfs`, `shimx64.efi`, …). */
export const BootImage = z.strictObject({
  id: Id,
  version: z.number().int().positive(),
  /** The one that machines get: the newest. */
  inUse: z.boolean(),
  inputsHash: z.string(),
  options: BootImageOptions,
  kernelVersion: z.string(),
  files: z.record(z.string(), ContentRef),
  createdAt: Timestamp,
});
export type BootImage = z.output<typeof BootImage>;
