/** Steps of the category General (feature map §2.4): their options and what the engine knows of them. */
import { z } from 'zod';
import { Id, VariableName } from '../common.ts';
import { both, type StepFactsOf, Text } from './shared.ts';

/** What a line for the shell and a script have in common. */
const shellOptions = {
  workingDirectory: Text.default(''),
  /** Gets the last 1000 characters of the output. */
  outputVariable: VariableName.optional(),
  /** Run inside the operating system just applied instead of the boot environment. */
  inTarget: z.boolean().default(false),
  /** A local account to run as, in the installed system or the one just applied; empty is root. */
  runAs: Text.default(''),
};

export const generalOptions = {
  'run-command-line': z.strictObject({
    /** For the shell. */
    commandLine: z.string().min(1).max(32_000),
    /** A package whose files are there while the line runs; they are in its working directory unless another is given. */
    packageId: Id.optional(),
    ...shellOptions,
  }),
  'run-script': z.strictObject({
    interpreter: z.enum(['sh', 'bash', 'powershell', 'python']),
    source: z.discriminatedUnion('kind', [
      /** The text is run as it is: nothing in it is expanded. Variables are in the environment as `TS_…`. */
      z.strictObject({ kind: z.literal('inline'), script: z.string().min(1).max(100_000) }),
      /** `file`: which one of the package's files; empty is the package's own file. */
      z.strictObject({ kind: z.literal('package'), packageId: Id, file: Text.default('') }),
    ]),
    /** Words for the script, each as it is: no shell reads them. */
    parameters: z.array(Text).max(100).default([]),
    ...shellOptions,
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
  'run-task-sequence': z.strictObject({
    /** The child: its newest version when the run begins. It shares the variables of the whole run. */
    taskSequenceId: Id,
  }),
} satisfies Record<string, z.ZodType>;

export const generalFacts = {
  // Nobody knows whether a command may run twice.
  'run-command-line': { title: 'Run Command Line', environments: both, interrupted: 'fail' },
  'run-script': { title: 'Run Script', environments: both, interrupted: 'fail' },
  'set-task-sequence-variable': { title: 'Set Task Sequence Variable', environments: both, interrupted: 'repeat' },
  'restart-computer': { title: 'Restart Computer', environments: both, interrupted: 'repeat' },
  'run-task-sequence': { title: 'Run Task Sequence', environments: both, interrupted: 'repeat', becomesGroup: true },
} as const satisfies StepFactsOf<typeof generalOptions>;
