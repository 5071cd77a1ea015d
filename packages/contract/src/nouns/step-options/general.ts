/** Steps of the category General (feature map §2.4): their options and what the engine knows of them. */
import { z } from 'zod';
import { Architecture, Id, VariableName } from '../common.ts';
import { VariableOperator } from '../condition.ts';
import { both, installedOs, type StepFactsOf, Text } from './shared.ts';

/** Which computers a rule of Set Dynamic Variables is for. */
const DynamicRuleCondition = z.discriminatedUnion('kind', [
  /** Any of the values that are given is the computer's. */
  z.strictObject({
    kind: z.literal('computer'),
    assetTag: Text.optional(),
    serialNumber: Text.optional(),
    smbiosUuid: Text.optional(),
    macAddress: Text.optional(),
  }),
  z.strictObject({ kind: z.literal('location'), defaultGateway: Text }),
  /** Both match; `*` and `?` stand for any characters and any one. */
  z.strictObject({ kind: z.literal('make-and-model'), make: Text.default('*'), model: Text.default('*') }),
  z.strictObject({ kind: z.literal('variable'), variable: VariableName, operator: VariableOperator, value: Text.default('') }),
]);

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
  'set-dynamic-variables': z.strictObject({
    /** In their order; what a later one sets wins. */
    rules: z
      .array(
        z.strictObject({
          /** Without it the variables are always set. */
          when: DynamicRuleCondition.optional(),
          variables: z
            .array(z.strictObject({ name: VariableName, value: Text, secret: z.boolean().default(false) }))
            .min(1)
            .max(100),
        }),
      )
      .min(1)
      .max(500),
  }),
  'join-domain': z.strictObject({
    /** The OSDJoin… variables, when set, win. */
    join: z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('domain'),
        domain: Text.default(''),
        /** `OU=Computers,DC=example,DC=org`; empty is the domain's own default. */
        organizationalUnit: z.string().max(32_767).default(''),
        /** The account that joins: `user`, `DOMAIN\\user`. */
        account: Text.default(''),
        /** A variable, best a secret one, with its password; without it OSDJoinPassword. */
        passwordVariable: VariableName.optional(),
      }),
      z.strictObject({ kind: z.literal('workgroup'), workgroup: Text }),
    ]),
    /** Linux needs none. */
    restart: z.boolean().default(false),
  }),
  'connect-to-network-folder': z.strictObject({
    /** SMB: `//server/share`, also with backslashes; NFS: `server:/folder`. SMSConnectNetworkFolderPath, when set, wins. */
    path: Text,
    /** Where it is found. It is disconnected at the end of the run and before each restart. */
    mountPoint: Text,
    /** SMB: `user` or `DOMAIN\\user`; empty is a guest. */
    account: Text.default(''),
    /** A variable, best a secret one, with the account's password; without it SMSConnectNetworkFolderPassword. */
    passwordVariable: VariableName.optional(),
    /** As in `mount -o`, for example `vers=3.0` or `ro`. */
    mountOptions: Text.default(''),
  }),
  /** Checks that are not named are not made. All others are, also after one that fails. */
  'check-readiness': z.strictObject({
    minimumMemoryMb: z.number().int().positive().optional(),
    minimumProcessorMhz: z.number().int().positive().optional(),
    /** Free space of `/`; in the boot environment the size of the largest disk. */
    minimumFreeDiskMb: z.number().int().positive().optional(),
    architecture: Architecture.optional(),
    minimumOsVersion: z.string().min(1).max(50).optional(),
    maximumOsVersion: z.string().min(1).max(50).optional(),
    /** The beginning of the locale's name: `de`, `de_DE`. */
    osLanguage: z.string().min(2).max(50).optional(),
    acPower: z.boolean().default(false),
    networkConnected: z.boolean().default(false),
    networkWired: z.boolean().default(false),
    tpm: z.boolean().default(false),
    tpm2: z.boolean().default(false),
    uefi: z.boolean().default(false),
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
  'set-dynamic-variables': { title: 'Set Dynamic Variables', environments: both, interrupted: 'repeat' },
  'join-domain': { title: 'Join Domain or Workgroup', environments: installedOs, interrupted: 'repeat' },
  'connect-to-network-folder': { title: 'Connect To Network Folder', environments: both, interrupted: 'repeat' },
  'check-readiness': { title: 'Check Readiness', environments: both, interrupted: 'repeat' },
  'restart-computer': { title: 'Restart Computer', environments: both, interrupted: 'repeat' },
  'run-task-sequence': { title: 'Run Task Sequence', environments: both, interrupted: 'repeat', becomesGroup: true },
} as const satisfies StepFactsOf<typeof generalOptions>;
