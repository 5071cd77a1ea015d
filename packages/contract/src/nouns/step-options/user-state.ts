/** Steps of the category User State (feature map §2.4): their options and what the engine knows of them. */
import { z } from 'zod';
import { both, installedOs, type StepFactsOf } from './shared.ts';

/** A folder of the system, running or on the disk. */
const Folder = z
  .string()
  .regex(/^(?:\/[\w.@+-]+)+$/, 'is not an absolute path')
  .max(255);

export const userStateOptions = {
  /** A store at the site: a new one, or the newest that this computer may restore. Every one needs a Release State Store. */
  'request-state-store': z.strictObject({
    purpose: z.enum(['capture', 'restore']),
    /** OSDStateSMPRetryCount and OSDStateSMPRetryTime win. */
    retryCount: z.number().int().min(0).max(30).default(0),
    retryDelaySeconds: z.number().int().min(0).max(600).default(15),
  }),
  /**
   * Into the store at the site that Request State Store was granted; without one onto the computer's own disk, in OSDStateStorePath, which
   * by itself is _SMSTSUserStatePath: Apply Operating System Image keeps it.
   */
  'capture-user-state': z.strictObject({
    /** On the own disk: hard links take no space and no time, and need the folders on the volume of the operating system. */
    method: z.enum(['hard-links', 'copy']).default('hard-links'),
    folders: z.array(Folder).min(1).max(50).default(['/home']),
    /** In the boot environment, where several systems are on the disks: the partition of the one whose users are captured. */
    systemPartition: z.strictObject({ disk: z.number().int().min(0).max(255), partition: z.number().int().min(1).max(128) }).optional(),
  }),
  'restore-user-state': z.strictObject({
    /** Local accounts, with their passwords, that the new system lacks. */
    accounts: z.boolean().default(true),
    /** Removes the store when all of it is back. */
    removeStore: z.boolean().default(true),
  }),
  'release-state-store': z.strictObject({}),
} satisfies Record<string, z.ZodType>;

export const userStateFacts = {
  'request-state-store': { title: 'Request State Store', environments: both, interrupted: 'repeat' },
  'capture-user-state': { title: 'Capture User State', environments: both, interrupted: 'repeat' },
  'restore-user-state': { title: 'Restore User State', environments: installedOs, interrupted: 'repeat' },
  'release-state-store': { title: 'Release State Store', environments: both, interrupted: 'repeat' },
} as const satisfies StepFactsOf<typeof userStateOptions>;
