/** The boot image: the environment that machines boot into to be deployed. */
import { z } from 'zod';
import { ContentRef, Id, Timestamp } from './common.ts';

/** What a boot image is built from, as the administrator chooses it. */
export const BootImageOptions = z.strictObject({
  architecture: z.enum(['amd64']).default('amd64'),
  suite: z.enum(['trixie']).default('trixie'),
  mirror: z.url().default('http://deb.debian.org/debian'),
  extraPackages: z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/)).default([]),
  /** Debian packages with firmware for network and storage adapters; what no driver of the boot image asks for is left out. */
  firmwarePackages: z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/)).default(['firmware-bnx2', 'firmware-bnx2x', 'firmware-realtek']),
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
