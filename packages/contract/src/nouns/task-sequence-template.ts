/**
 * What the wizard asks for each template (feature map §4); the answer is an ordinary, editable definition. A choice that a template
 * has no use for is refused, not left out in silence.
 */
import { z } from 'zod';
import { Id, Name } from './common.ts';
import { generalOptions } from './step-options/general.ts';
import { settingsOptions } from './step-options/settings.ts';

/** The image, and what is written into the applied system. */
const imageChoices = {
  imageId: Id,
  imageIndex: z.number().int().positive().default(1),
  timeZone: z.string().default('Etc/UTC'),
  locale: z.string().default('C.UTF-8'),
  administratorName: z.string().default('root'),
  sshAuthorizedKeys: z.array(z.string().max(8000)).default([]),
  /** As in Apply Network Settings; by itself every wired adapter asks DHCP. */
  network: settingsOptions['apply-network-settings'].prefault({}),
  /** Auto Apply Drivers: the site's driver packages that fit the computer's devices. */
  autoApplyDrivers: z.boolean().default(false),
  /** Driver packages that are applied whole, whatever devices there are. */
  driverPackageIds: z.array(Id).max(100).default([]),
};

const diskChoices = {
  disk: z.number().int().min(0).default(0),
  /** any: one sequence for both, each with its own partitions. */
  firmware: z.enum(['any', 'bios', 'uefi']).default('any'),
  fileSystem: z.enum(['ext4', 'xfs', 'btrfs']).default('ext4'),
  /** 0: no swap partition. */
  swapSizeMb: z.number().int().min(0).max(1_048_576).default(0),
};

const softwareChoices = {
  updates: z.enum(['none', 'security', 'all']).default('none'),
  packageIds: z.array(Id).max(1000).default([]),
  /** In this order; each after what it depends on. */
  applicationIds: z.array(Id).max(99).default([]),
};

/** Which system the computer belongs to afterwards; the password is the variable OSDJoinPassword. */
const joinChoice = { join: generalOptions['join-domain'].shape.join.optional() };

/** Whether the computer has the client afterwards, so that deployments can begin in its installed system. */
const clientChoice = { keepClient: z.boolean().default(false) };

/** What opens the disk at each start; recovery-key: nothing but that key, typed. */
const encryptionChoice = { encryption: z.enum(['none', 'tpm', 'tpm-and-pin', 'recovery-key']).default('none') };

/** A swap partition would lie in clear beside the encrypted one. */
function keepsSwapEncrypted({ encryption, swapSizeMb }: { readonly encryption: string; readonly swapSizeMb: number }): boolean {
  return encryption === 'none' || swapSizeMb === 0;
}
const swapInClear = { path: ['swapSizeMb'], message: 'a swap partition would not be encrypted: leave it out, or use a swap file' };

const newDisk = { name: Name, ...imageChoices, ...diskChoices, ...softwareChoices, ...joinChoice, ...encryptionChoice, ...clientChoice };

export const GenerateTaskSequence = z.discriminatedUnion('template', [
  /** A new or cleared computer. */
  z.strictObject({ template: z.literal('install-existing-image'), ...newDisk }).refine(keepsSwapEncrypted, swapInClear),
  /** A reference computer, and an image of it. It joins nothing: what has joined cannot be captured. */
  z.strictObject({
    template: z.literal('build-and-capture'),
    name: Name,
    ...imageChoices,
    ...diskChoices,
    ...softwareChoices,
    /** The image that comes out. */
    capturedImageName: Name.optional(),
  }),
  /** A new operating system over the one that is there: settings and users stay. The disk is not partitioned. */
  z.strictObject({
    template: z.literal('refresh'),
    name: Name,
    ...imageChoices,
    ...softwareChoices,
    ...joinChoice,
    ...clientChoice,
    disk: diskChoices.disk,
    /** The partition of the operating system; by itself the one that Install Existing Image makes. */
    partition: z.number().int().min(1).max(128).optional(),
    captureOsSettings: z.boolean().default(true),
    captureNetworkSettings: z.boolean().default(true),
    /** Where the users' folders are meanwhile: on the disk itself, or at the site. */
    userState: z.enum(['none', 'on-disk', 'state-store']).default('none'),
  }),
  /** The old computer's half of a replacement: its users' folders go to the site. */
  z.strictObject({
    template: z.literal('replace-capture'),
    name: Name,
    /** boot-image: from its disks, while nobody works there; installed-os: in the running system, which a client begins. */
    startsIn: z.enum(['boot-image', 'installed-os']).default('boot-image'),
  }),
  /** The new computer's half: installed, then it gets them. */
  z.strictObject({ template: z.literal('replace-restore'), ...newDisk }).refine(keepsSwapEncrypted, swapInClear),
  /** Windows over itself by its own setup. */
  z.strictObject({
    template: z.literal('upgrade-in-place'),
    name: Name,
    /** The installation files of the newer Windows. */
    upgradePackageId: Id,
    minimumFreeDiskMb: z.number().int().positive().default(20_480),
    ...softwareChoices,
  }),
  /** No steps yet. */
  z.strictObject({ template: z.literal('custom'), name: Name }),
  /** Software for a system that is there, no operating system: for clients, and a child of sequences that install one. */
  z.strictObject({ template: z.literal('non-os'), name: Name, ...softwareChoices }),
]);
export type GenerateTaskSequence = z.output<typeof GenerateTaskSequence>;
export type TemplateName = GenerateTaskSequence['template'];

/** Every template, in the order of the wizard. */
export const templateNames: readonly TemplateName[] = GenerateTaskSequence.options.map(({ shape }) => shape.template.value);
