/** Steps of the category Software (feature map §2.4): their options and what the engine knows of them. */
import { z } from 'zod';
import { Id } from '../common.ts';
import { installedOs, type StepFactsOf, Text } from './shared.ts';

export const softwareOptions = {
  'install-package': z.strictObject({
    packageId: Id,
    /** Arguments for a script. */
    arguments: Text.default(''),
  }),
} satisfies Record<string, z.ZodType>;

export const softwareFacts = {
  'install-package': { title: 'Install Package', environments: installedOs, interrupted: 'repeat' },
} as const satisfies StepFactsOf<typeof softwareOptions>;
