/** Steps of the category Images (feature map §2.4): their options and what the engine knows of them. */
import { z } from 'zod';
import { Id } from '../common.ts';
import { bootImage, Destination, installedOs, type StepFactsOf, Text } from './shared.ts';

export const imagesOptions = {
  'apply-operating-system-image': z.strictObject({
    imageId: Id,
    index: z.number().int().positive().default(1),
    destination: Destination.default({ kind: 'next-available-partition' }),
  }),
  'apply-data-image': z.strictObject({
    imageId: Id,
    index: z.number().int().positive().default(1),
    destination: Destination,
    wipe: z.boolean().default(true),
    /** Where the installed system mounts it; empty is nowhere. */
    mountPoint: Text.default(''),
  }),
  'setup-operating-system': z.strictObject({
    /** Added to the installed system's kernel command line. */
    kernelOptions: Text.default(''),
  }),
  'prepare-os-for-capture': z.strictObject({}),
  'prepare-windows-for-capture': z.strictObject({
    /** Leaves the activation state as it is: sysprep does not count against the number of re-armings. */
    keepActivation: z.boolean().default(false),
    /** Ends with the computer switched off instead of restarting it into the boot environment. */
    shutDown: z.boolean().default(false),
  }),
  'capture-operating-system-image': z.strictObject({
    imageName: Text,
    description: Text.default(''),
    compression: z.enum(['xpress', 'lzx']).default('lzx'),
  }),
} satisfies Record<string, z.ZodType>;

export const imagesFacts = {
  'apply-operating-system-image': { title: 'Apply Operating System Image', environments: bootImage, interrupted: 'repeat' },
  'apply-data-image': { title: 'Apply Data Image', environments: bootImage, interrupted: 'repeat' },
  'setup-operating-system': { title: 'Setup Operating System', environments: bootImage, interrupted: 'repeat', restartsTo: 'installed-os' },
  'prepare-os-for-capture': { title: 'Prepare OS for Capture', environments: installedOs, interrupted: 'repeat' },
  'prepare-windows-for-capture': {
    title: 'Prepare Windows for Capture',
    environments: installedOs,
    interrupted: 'fail',
    restartsTo: 'boot-image',
    needs: 'windows-adapter',
  },
  'capture-operating-system-image': { title: 'Capture Operating System Image', environments: bootImage, interrupted: 'repeat' },
} as const satisfies StepFactsOf<typeof imagesOptions>;
