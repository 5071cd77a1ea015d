/** Steps of the category General (feature map §2.4): their options and what the engine knows of them. */
import { z } from 'zod';
import { VariableName } from '../common.ts';
import { both, type StepFactsOf, Text } from './shared.ts';

export const generalOptions = {
  'run-command-line': z.strictObject({
    commandLine: z.string().min(1).max(32_000),
    workingDirectory: Text.default(''),
    /** Gets the last 1000 characters of the output. */
    outputVariable: VariableName.optional(),
    /** Run inside the operating system just applied instead of the boot environment. */
    inTarget: z.boolean().default(false),
  }),
  'set-task-sequence-variable': z.strictObject({
    variable: VariableName,
    value: Text,
    /** Shown nowhere: not in logs, screens, status messages. */
    secret: z.boolean().default(false),
  }),
  'restart-computer': z.strictObject({
    target: z.enum(['boot-image', 'installed-os']),
    delaySeconds: z.number().int().min(0).max(3600).default(0),
    message: z.string().max(512).default(''),
  }),
} satisfies Record<string, z.ZodType>;

export const generalFacts = {
  // Nobody knows whether a command may run twice.
  'run-command-line': { title: 'Run Command Line', environments: both, interrupted: 'fail' },
  'set-task-sequence-variable': { title: 'Set Task Sequence Variable', environments: both, interrupted: 'repeat' },
  'restart-computer': { title: 'Restart Computer', environments: both, interrupted: 'repeat' },
} as const satisfies StepFactsOf<typeof generalOptions>;
