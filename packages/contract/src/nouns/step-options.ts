/**
 * Every step type with its options. The step's document is `{ type, name, options, … }`.
 * Text options hold `%variable%` and are expanded when the step runs. Sources: feature map §2.4 and §3.2.
 * The agent's table of step handlers is typed by this one.
 */
import { z } from 'zod';
import { Id, VariableName } from './common.ts';

/** Text in which `%variable%` is expanded. */
const Text = z.string().max(4000);

export const PartitionType = z.enum(['primary', 'extended', 'logical', 'hidden', 'efi', 'msr', 'recovery', 'bios-boot', 'swap']);
export const FileSystem = z.enum(['ext4', 'xfs', 'btrfs', 'fat32', 'ntfs', 'swap', 'none']);
export const PartitionOptions = z.strictObject({
  name: z.string().max(36).default(''),
  type: PartitionType.default('primary'),
  fileSystem: FileSystem.default('ext4'),
  size: z.number().positive(),
  /** percent: of the space that is still free when this partition's turn comes. */
  sizeUnits: z.enum(['MB', 'GB', 'percent']),
  bootable: z.boolean().default(false),
  quickFormat: z.boolean().default(true),
  /** The variable that gets the partition's device path, for later steps. */
  variable: VariableName.optional(),
});
export type PartitionOptions = z.output<typeof PartitionOptions>;

/** Where an image goes. */
const Destination = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('next-available-partition') }),
  z.strictObject({ kind: z.literal('disk-partition'), disk: z.number().int().min(0), partition: z.number().int().min(1) }),
  z.strictObject({ kind: z.literal('variable'), variable: VariableName }),
]);

const Adapter = z.strictObject({
  /** The adapter by MAC address, by name (`eth0`), or by its order. */
  macAddress: Text.optional(),
  name: Text.optional(),
  enableDhcp: z.boolean().default(true),
  /** With prefix length: `192.0.2.10/24`. */
  addresses: z.array(Text).default([]),
  gateways: z.array(Text).default([]),
  dnsServers: z.array(Text).default([]),
  dnsDomain: Text.optional(),
});

export const stepOptions = {
  'format-and-partition-disk': z.strictObject({
    disk: z.number().int().min(0).default(0),
    style: z.enum(['gpt', 'mbr']),
    partitions: z.array(PartitionOptions).min(1).max(128),
  }),
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
  'apply-os-settings': z.strictObject({
    computerName: Text.default('%OSDComputerName%'),
    timeZone: Text.default('Etc/UTC'),
    locale: Text.default('C.UTF-8'),
    keyboard: Text.default('us'),
    administrator: z
      .strictObject({
        name: Text.default('root'),
        /** A variable, best a secret one, that holds the password; without it the password is locked. */
        passwordVariable: VariableName.optional(),
        sshAuthorizedKeys: z.array(z.string().max(8000)).default([]),
      })
      .prefault({}),
  }),
  'apply-network-settings': z.strictObject({
    /** Without any, every wired adapter asks DHCP. The OSDAdapter… variables, when set, win. */
    adapters: z.array(Adapter).max(32).default([]),
    dnsSuffixSearchOrder: z.array(Text).default([]),
  }),
  'setup-operating-system': z.strictObject({
    /** Added to the installed system's kernel command line. */
    kernelOptions: Text.default(''),
  }),
  'install-package': z.strictObject({
    packageId: Id,
    /** Arguments for a script. */
    arguments: Text.default(''),
  }),
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
  'prepare-os-for-capture': z.strictObject({}),
  'capture-operating-system-image': z.strictObject({
    imageName: Text,
    description: Text.default(''),
    compression: z.enum(['xpress', 'lzx']).default('lzx'),
  }),
} satisfies Record<string, z.ZodType>;

export type StepType = keyof typeof stepOptions;
export type StepOptions<T extends StepType> = z.output<(typeof stepOptions)[T]>;

/** Where a step can run: the boot environment, the installed system, or both (feature map §2.4 "Env"). */
export const Environment = z.enum(['boot-image', 'installed-os']);
export type Environment = z.output<typeof Environment>;
const both: readonly Environment[] = ['boot-image', 'installed-os'];
/** What the engine does when a step was interrupted by a power cut or a crash: begin it again, or count it as failed. */
export type Interruption = 'repeat' | 'fail';
interface StepFacts {
  readonly title: string;
  readonly environments: readonly Environment[];
  readonly interrupted: Interruption;
  /** The step ends with a restart into this environment when it has succeeded. */
  readonly restartsTo?: Environment;
}
export const stepFacts: Readonly<Record<StepType, StepFacts>> = {
  'format-and-partition-disk': { title: 'Format and Partition Disk', environments: ['boot-image'], interrupted: 'repeat' },
  'apply-operating-system-image': { title: 'Apply Operating System Image', environments: ['boot-image'], interrupted: 'repeat' },
  'apply-data-image': { title: 'Apply Data Image', environments: ['boot-image'], interrupted: 'repeat' },
  'apply-os-settings': { title: 'Apply OS Settings', environments: ['boot-image'], interrupted: 'repeat' },
  'apply-network-settings': { title: 'Apply Network Settings', environments: ['boot-image'], interrupted: 'repeat' },
  'setup-operating-system': {
    title: 'Setup Operating System',
    environments: ['boot-image'],
    interrupted: 'repeat',
    restartsTo: 'installed-os',
  },
  'install-package': { title: 'Install Package', environments: ['installed-os'], interrupted: 'repeat' },
  // Nobody knows whether a command may run twice.
  'run-command-line': { title: 'Run Command Line', environments: both, interrupted: 'fail' },
  'set-task-sequence-variable': { title: 'Set Task Sequence Variable', environments: both, interrupted: 'repeat' },
  'restart-computer': { title: 'Restart Computer', environments: both, interrupted: 'repeat' },
  'prepare-os-for-capture': { title: 'Prepare OS for Capture', environments: ['installed-os'], interrupted: 'repeat' },
  'capture-operating-system-image': { title: 'Capture Operating System Image', environments: ['boot-image'], interrupted: 'repeat' },
};
