/** Steps of the category Settings (feature map §2.4): their options and what the engine knows of them. */
import { z } from 'zod';
import { VariableName } from '../common.ts';
import { bootImage, both, type StepFactsOf, Text } from './shared.ts';

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

export const settingsOptions = {
  /** In the boot environment the settings are those of the Linux system found on the disks. */
  'capture-os-settings': z.strictObject({
    /** Into OSDComputerName. OSDMigrateComputerName, when false, turns it off; the others alike. */
    computerName: z.boolean().default(true),
    /** Into OSDRegisteredUserName: the full name of the first ordinary account. */
    registeredUser: z.boolean().default(true),
    /** Into OSDTimeZone. */
    timeZone: z.boolean().default(true),
    /** Into OSDWindowsSettingsSystemLocale and, the keyboard, OSDWindowsSettingsInputLocale. */
    locale: z.boolean().default(true),
  }),
  'capture-network-settings': z.strictObject({
    /** Into OSDAdapterCount and OSDAdapter…; OSDMigrateAdapterSettings, when false, turns it off. */
    adapters: z.boolean().default(true),
    /** The domain that the system has joined, into OSDDomainName; OSDMigrateNetworkMembership, when false, turns it off. */
    membership: z.boolean().default(true),
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
} satisfies Record<string, z.ZodType>;

export const settingsFacts = {
  'capture-os-settings': { title: 'Capture OS Settings', environments: both, interrupted: 'repeat' },
  'capture-network-settings': { title: 'Capture Network Settings', environments: both, interrupted: 'repeat' },
  'apply-os-settings': { title: 'Apply OS Settings', environments: bootImage, interrupted: 'repeat' },
  'apply-network-settings': { title: 'Apply Network Settings', environments: bootImage, interrupted: 'repeat' },
} as const satisfies StepFactsOf<typeof settingsOptions>;
