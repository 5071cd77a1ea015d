/** Steps of the category Images (feature map §2.4): their options and what the engine knows of them. */
import { z } from 'zod';
import { Id, VariableName } from '../common.ts';
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
    /** The agent stays in the installed system after the run, as its client: deployments can begin there. */
    keepClient: z.boolean().default(false),
  }),
  'prepare-os-for-capture': z.strictObject({}),
  'setup-windows': z.strictObject({
    /** A package with what manages the computer afterwards; it is installed before the sequence goes on in Windows. */
    clientPackageId: Id.optional(),
    /** Words for that package's installation. SMSClientInstallProperties is added. */
    installProperties: Text.default(''),
  }),
  'upgrade-operating-system': z.strictObject({
    /** The installation files of the newer Windows. */
    source: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('package'), packageId: Id, edition: Text.default('') }),
      z.strictObject({ kind: z.literal('path'), path: Text }),
    ]),
    /** A variable, best a secret one, with the product key. */
    productKeyVariable: VariableName.optional(),
    /** Drivers for the newer Windows. */
    drivers: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('none') }),
        z.strictObject({ kind: z.literal('package'), packageId: Id }),
        z.strictObject({ kind: z.literal('path'), path: Text }),
      ])
      .default({ kind: 'none' }),
    /** Looks whether an upgrade is possible, and upgrades nothing; the answer is in _SMSTSOSUpgradeActionReturnCode. */
    compatibilityScanOnly: z.boolean().default(false),
    /** Goes on past messages that a person could click away. */
    ignoreDismissibleMessages: z.boolean().default(false),
    dynamicUpdate: z.enum(['disabled', 'enabled', 'as-policy-says']).default('disabled'),
    /** Further words for setup; OSDSetupAdditionalUpgradeOptions is added. */
    setupOptions: Text.default(''),
  }),
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
  'setup-windows': {
    title: 'Setup Windows',
    environments: bootImage,
    interrupted: 'repeat',
    restartsTo: 'installed-os',
    needs: 'windows-adapter',
  },
  'upgrade-operating-system': {
    title: 'Upgrade Operating System',
    environments: installedOs,
    interrupted: 'fail',
    needs: 'windows-adapter',
  },
  'prepare-windows-for-capture': {
    title: 'Prepare Windows for Capture',
    environments: installedOs,
    interrupted: 'fail',
    restartsTo: 'boot-image',
    needs: 'windows-adapter',
  },
  'capture-operating-system-image': { title: 'Capture Operating System Image', environments: bootImage, interrupted: 'repeat' },
} as const satisfies StepFactsOf<typeof imagesOptions>;
