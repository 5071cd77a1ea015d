/** Steps of the category Software (feature map §2.4): their options and what the engine knows of them. */
import { z } from 'zod';
import { Id, Name, VariableName } from '../common.ts';
import { both, installedOs, type StepFactsOf, Text } from './shared.ts';

export const softwareOptions = {
  'install-package': z
    .strictObject({
      packageId: Id.optional(),
      /** One of the package's programs, by its name; left out: what the kind of the package says. */
      program: Name.optional(),
      /**
       * Instead of one package: `AA` installs what `AA001`, `AA002` … name, up to the first that is not set: `packageId`, `packageId:program` or
       * `packageId:arguments`.
       */
      baseVariable: VariableName.optional(),
      /** For the shell: what follows a script's name or a program's line, or the line to run among an archive's files. */
      arguments: Text.default(''),
      /** With several: one that fails does not keep the others from being installed. The step fails at its end. */
      continueOnFailure: z.boolean().default(false),
    })
    .refine((value) => (value.packageId === undefined) !== (value.baseVariable === undefined), 'give either packageId or baseVariable')
    .refine((value) => value.program === undefined || value.packageId !== undefined, 'give a program together with its packageId'),
  'install-application': z
    .strictObject({
      /** In this order; each after what it depends on. */
      applicationIds: z.array(Id).max(99).default([]),
      /** Instead: `AA` installs the applications that `AA01`, `AA02` … name, up to the first that is not set. */
      baseVariable: VariableName.optional(),
      /** One that fails does not keep the others from being installed. The step fails at its end. */
      continueOnFailure: z.boolean().default(false),
    })
    .refine(
      (value) => (value.applicationIds.length === 0) !== (value.baseVariable === undefined),
      'give either applicationIds or baseVariable',
    ),
  'install-software-updates': z.strictObject({
    updates: z.enum(['all', 'security']).default('all'),
    /** Further tries after one that failed. */
    retries: z.number().int().min(0).max(5).default(2),
    retryDelaySeconds: z.number().int().min(0).max(3600).default(60),
  }),
  'download-package-content': z.strictObject({
    packageIds: z.array(Id).min(1).max(100),
    destination: z
      .discriminatedUnion('kind', [
        /** The agent's own folder; what is in it goes with the agent at the end of the run. */
        z.strictObject({ kind: z.literal('working-folder') }),
        /** A folder named by the package's id is made in it, and stays. */
        z.strictObject({ kind: z.literal('path'), path: Text }),
      ])
      .default({ kind: 'working-folder' }),
    /** `Name` sets `Name01`, `Name02` … to where the packages are. */
    pathVariable: VariableName.optional(),
    continueOnFailure: z.boolean().default(true),
  }),
} satisfies Record<string, z.ZodType>;

export const softwareFacts = {
  'install-package': { title: 'Install Package', environments: installedOs, interrupted: 'repeat' },
  'install-application': { title: 'Install Application', environments: installedOs, interrupted: 'repeat' },
  'install-software-updates': { title: 'Install Software Updates', environments: installedOs, interrupted: 'repeat' },
  'download-package-content': { title: 'Download Package Content', environments: both, interrupted: 'repeat' },
} as const satisfies StepFactsOf<typeof softwareOptions>;
