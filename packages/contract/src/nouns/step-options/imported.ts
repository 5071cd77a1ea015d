/** The step that stands for one of another product which has no counterpart here. Made by the import only; it keeps what it stood for. */
import { z } from 'zod';
import { both, type StepFactsOf } from './shared.ts';

export const importedOptions = {
  'imported-step': z.strictObject({
    /** The type it had there, such as `SMS_TaskSequence_ConvertDiskAction`. */
    originalType: z.string().max(255),
    /** Its whole text there, without passwords: to write a step of one's own from. */
    originalText: z.string().max(200_000),
  }),
} satisfies Record<string, z.ZodType>;

export const importedFacts = {
  'imported-step': { title: 'Imported Step', environments: both, interrupted: 'fail', needs: 'counterpart' },
} as const satisfies StepFactsOf<typeof importedOptions>;
