/** Devices (computers), variables, and the site's settings. */
import { z } from 'zod';
import {
  ComputerName,
  Firmware,
  Id,
  MacAddress,
  Name,
  PageQuery,
  SerialNumber,
  SizeBytes,
  SmbiosUuid,
  Timestamp,
  VariableName,
  VariableValue,
} from './common.ts';
import { UserAffinity, UserName } from './device-user.ts';
import { SecureBoot } from './inventory.ts';
import { NamingRule } from './naming-rule.ts';
import { RetentionSettings } from './retention.ts';
import { TimeZone } from './schedule.ts';
import { VariableQuestion } from './variable-question.ts';

/** What a machine says of its hardware. Identity alone proves nothing: see EnrolmentAnswer. */
export const DeviceFacts = z.strictObject({
  macAddresses: z.array(MacAddress).max(64),
  smbiosUuid: SmbiosUuid.nullable(),
  serialNumber: z.string().max(200),
  assetTag: z.string().max(200),
  manufacturer: z.string().max(200),
  model: z.string().max(200),
  firmware: Firmware,
  secureBoot: SecureBoot,
  memoryBytes: SizeBytes,
  cpuCount: z.number().int().positive(),
  disks: z
    .array(z.strictObject({ name: z.string().max(100), sizeBytes: SizeBytes, model: z.string().max(200), transport: z.string().max(50) }))
    .max(256),
});
export type DeviceFacts = z.output<typeof DeviceFacts>;

/** unknown: seen, not in the site yet; pending: waits for approval; approved: may be deployed; blocked: gets nothing. */
export const DeviceState = z.enum(['unknown', 'pending', 'approved', 'blocked']);
export type DeviceState = z.output<typeof DeviceState>;

/** A word that people give devices, to find and to group them by. Case is kept and does not matter. */
export const DeviceTag = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._:/-]{0,63}$/u, 'is not a tag: one word of letters, digits and . _ : / -');

export const Device = z.strictObject({
  id: Id,
  name: Name,
  state: DeviceState,
  tags: z.array(z.string()),
  /** Who it is for, as far as that is confirmed. */
  users: z.array(z.string()),
  macAddresses: z.array(z.string()),
  smbiosUuid: z.string().nullable(),
  /** That it is recognised by, where it has no UUID and no MAC address; null where it says none that tells it from others. */
  serialNumber: z.string().nullable(),
  facts: DeviceFacts.nullable(),
  /** At its next network boot it is led into the boot environment, whatever is deployed; until it was admitted there. */
  bootOnce: z.boolean(),
  lastSeenAt: Timestamp.nullable(),
  createdAt: Timestamp,
});
export type Device = z.output<typeof Device>;

/** Which devices, in which order, and which page of them. */
export const DeviceQuery = PageQuery.extend({
  state: DeviceState.optional(),
  /** Exactly this name, without regard to case. */
  name: z.string().max(100).optional(),
  tag: DeviceTag.optional(),
  /** It is for exactly this user, without regard to case. */
  user: UserName.optional(),
  /** Each of these words in the name, a MAC address, the UUID, the serial number, asset tag, make, model, a tag or a user, without regard to case. */
  search: z.string().max(200).optional(),
  sort: z.enum(['name', 'last-seen', 'created']).default('name'),
  order: z.enum(['ascending', 'descending']).default('ascending'),
});
export type DeviceQuery = z.output<typeof DeviceQuery>;

export const UpdateDevice = z.strictObject({
  name: ComputerName.optional(),
  state: z.enum(['approved', 'blocked', 'pending']).optional(),
  macAddresses: z.array(MacAddress).max(64).optional(),
  smbiosUuid: SmbiosUuid.nullable().optional(),
  serialNumber: SerialNumber.nullable().optional(),
  bootOnce: z.boolean().optional(),
  /** Instead of those that it has. */
  tags: z.array(DeviceTag).max(100).optional(),
});

/** A packet answers nothing: this is what went out. */
export const WokenDevice = z.strictObject({
  macAddresses: z.array(z.string()),
  /** The broadcast addresses that it was sent to. */
  networks: z.array(z.string()),
});
export type WokenDevice = z.output<typeof WokenDevice>;

const Count = z.number().int().nonnegative();
/** What a deletion takes along, and what stays although it is of the device. */
export const DeviceDependents = z.strictObject({
  goes: z.strictObject({
    variables: Count,
    /** Who it is for, and those that wait to be. */
    users: Count,
    /** Collections that it was put into by hand. */
    collectionRules: Count,
    inventoryChanges: Count,
    /** `old → new`: the second may not restore any more what the first captured. */
    associations: z.array(z.string()),
  }),
  stays: z.strictObject({ runs: Count, recoveryKeys: Count, stateStores: Count }),
});
export type DeviceDependents = z.output<typeof DeviceDependents>;

/**
 * A variable of a device or a collection. A secret one is never sent back: `value` is null in answers. Without a value it is asked for
 * on the computer's screen.
 */
export const Variable = z.strictObject({
  name: VariableName,
  value: VariableValue.nullable(),
  secret: z.boolean(),
  /** It has no value: a person at the computer is asked for it. */
  asked: z.boolean(),
  question: VariableQuestion.nullable(),
});
export type Variable = z.output<typeof Variable>;
/** Where a variable comes from: a collection by its name, or the device itself. */
export const VariableSource = z.strictObject({ kind: z.enum(['collection', 'device']), id: Id, name: Name });
export type VariableSource = z.output<typeof VariableSource>;
/** A variable as a run on the device begins with it, beside those of the task sequence, which every other wins over. */
export const EffectiveVariable = Variable.extend({
  source: VariableSource,
  /** Others that set it too, and lose: the last of them would win without the source. */
  overrides: z.array(VariableSource),
});
export type EffectiveVariable = z.output<typeof EffectiveVariable>;
export const SetVariable = z
  .strictObject({
    /** Empty: asked for on the computer's screen. */
    value: VariableValue,
    secret: z.boolean().default(false),
    question: VariableQuestion.nullable().default(null),
  })
  .refine(({ value, question }) => value === '' || question === null, 'a variable with a value is not asked for');
export const VariableParams = z.strictObject({ id: Id, name: VariableName });

/** What an unknown computer gets when it boots from the network. */
export const UnknownComputers = z.enum(['ignore', 'menu', 'approval']);
export type UnknownComputers = z.output<typeof UnknownComputers>;

/** Settings of the site that an administrator changes while it runs. */
export const SiteSettings = z.strictObject({
  name: Name,
  /** Of devices whose own is not known: what `device` means in a deployment's times. */
  timeZone: TimeZone,
  /** Where its boundary group does not say otherwise. */
  unknownComputers: UnknownComputers,
  /** Names computers that nobody has named: `PC-{serial:8}`; empty: by their MAC address. */
  namingRule: NamingRule,
  /** How a machine proves itself before it gets anything secret. */
  trust: z.enum(['automatic', 'password', 'approval']),
  /** `required`: an account that may do more than look does nothing until it has a second factor. */
  secondFactor: z.enum(['optional', 'required']),
  /** How long a known machine with available deployments waits for a key before it goes on to its disk. */
  menuTimeoutSeconds: z.number().int().min(1).max(300),
  /** Added to the boot image's kernel command line, for example `console=ttyS0`. */
  kernelOptions: z
    .string()
    .max(500)
    .regex(/^[\w=.,:/@ -]*$/, 'has characters that a kernel command line cannot hold'),
  /** How often the client of an installed system asks what there is to do. */
  clientPollSeconds: z.number().int().min(10).max(86_400),
  /** How much content of runs to come a client may keep on its disk. */
  clientCacheBytes: SizeBytes,
  /** Whether a person at a computer whose run failed may let it go on at the failed step, from its screen. */
  retryOnTarget: z.boolean(),
  /** What becomes of the users that a run names for its computer. */
  userAffinity: UserAffinity,
  /** Deployments that begin without a person: to more devices they are to be confirmed. */
  highRiskDefaultSize: z.number().int().min(1).max(1_000_000),
  /** To more devices they are refused; 0: there is no such limit. */
  highRiskMaximumSize: z.number().int().min(0).max(1_000_000),
  /** What such a deployment meets on the site's own servers: block keeps it from them, whatever collections they are in. */
  siteServers: z.enum(['block', 'warn']),
  /** Their members are the site's own servers, as is the machine that the server runs on. */
  siteServerCollectionIds: z.array(Id).max(100),
  /** Ids that many machines share: all zeros, a docking station's MAC. They never identify a device. */
  disregardedSmbiosUuids: z.array(SmbiosUuid),
  disregardedMacAddresses: z.array(MacAddress),
  /** Hours between full evaluations of all collections; 0: only what changes is evaluated. */
  collectionEvaluationHours: z.number().int().min(0).max(8760),
  /** How much room all state stores together may take. */
  userStateLimitBytes: SizeBytes,
  /** How many state stores may have content at a time. */
  userStateLimitStores: z.number().int().min(0).max(100_000),
  /** How long a state store is kept after it has been restored. */
  userStateRetentionHours: z.number().min(0).max(8760),
  /** How long what runs leave behind is kept. */
  retention: RetentionSettings,
});
export type SiteSettings = z.output<typeof SiteSettings>;
export const UpdateSiteSettings = SiteSettings.partial().extend({ targetPassword: z.string().min(8).max(200).optional() });
export type UpdateSiteSettings = z.output<typeof UpdateSiteSettings>;
/** What the API answers: whether a password for targets is set, never the password. */
export const Site = SiteSettings.extend({ targetPasswordSet: z.boolean() });
export type Site = z.output<typeof Site>;
