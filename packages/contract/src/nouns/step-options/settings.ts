/** Steps of the category Settings (feature map §2.4): their options and what the engine knows of them. */
import { z } from 'zod';
import { VariableName } from '../common.ts';
import { bootImage, type StepFactsOf, Text } from './shared.ts';

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
  'apply-os-settings': { title: 'Apply OS Settings', environments: bootImage, interrupted: 'repeat' },
  'apply-network-settings': { title: 'Apply Network Settings', environments: bootImage, interrupted: 'repeat' },
} as const satisfies StepFactsOf<typeof settingsOptions>;
