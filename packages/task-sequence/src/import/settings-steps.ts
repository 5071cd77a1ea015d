/** Settings and software: what is written into the applied system. Property names: the SDK's action classes. */
import { VariableName } from '@ostler/contract';
import { lost, numberOf, type Conversion, type Conversions, type Convert, type Draft } from './draft.ts';
import type { OriginalStep } from './original.ts';
import { ianaTimeZone } from './time-zones.ts';

export const settingsSteps = {
  SMS_TaskSequence_ApplyWindowsSettingsAction: (step) => osSettings(step),
  SMS_TaskSequence_ApplyNetworkSettingsAction: (step) => networkSettings(step),
  SMS_TaskSequence_InstallSoftwareAction: (step, site) => installPackage(step, site),
} as const satisfies Readonly<Record<string, Convert>>;

function osSettings(step: OriginalStep): Conversion {
  const original = step.value('TimeZone');
  const timeZone = ianaTimeZone(original);
  const language = step.value('UserLocale') || step.value('SystemLocale');
  return {
    draft: {
      type: 'apply-os-settings',
      options: {
        computerName: step.value('ComputerName') || '%OSDComputerName%',
        timeZone: timeZone ?? 'Etc/UTC',
        ...(/^[a-z]{2,3}-[A-Z]{2}$/.test(language) ? { locale: `${language.replace('-', '_')}.UTF-8` } : {}),
      },
    },
    notes: [
      ...(timeZone === undefined && original !== '' ? [`the time zone ${original} is not known here: it is UTC now`] : []),
      ...lost(step, {
        AdminPassword: 'the password of the administrator is not imported: name a secret variable',
        ProductKey: 'the product key is not imported',
        RegisteredUserName: 'the registered user is not taken over',
        RegisteredOrgName: 'the registered organisation is not taken over',
        InputLocale: 'the keyboard layout is not taken over',
      }),
    ],
  };
}

type Adapter = NonNullable<Extract<Draft, { type: 'apply-network-settings' }>['options']['adapters']>[number];

function networkSettings(step: OriginalStep): Conversion {
  const count = Math.min(32, numberOf(step, 'NumAdapters') ?? 0);
  const isDomain = step.value('NetworkJoinType') === '0';
  return {
    draft: {
      type: 'apply-network-settings',
      options: {
        adapters: Array.from({ length: count }, (_none, index) => adapterOf(step, index)),
        dnsSuffixSearchOrder: listOf(step.value('DNSSuffixSearchOrder')),
      },
    },
    notes: [
      ...(isDomain ? [`joining the domain ${step.value('DomainName')} is a step of its own here`] : []),
      ...lost(step, { WorkgroupName: 'the workgroup is not taken over' }),
    ],
  };
}

function adapterOf(step: OriginalStep, index: number): Adapter {
  const value = (property: string): string => step.value(`OSDAdapter${index}${property}`) || step.value(`Adapters${index}${property}`);
  const masks = listOf(value('SubnetMask'));
  return {
    ...(value('MacAddress') === '' ? {} : { macAddress: value('MacAddress') }),
    ...(value('Name') === '' ? {} : { name: value('Name') }),
    enableDhcp: value('EnableDHCP').toLowerCase() !== 'false',
    addresses: listOf(value('IPAddressList')).map((address, position) => `${address}/${prefixLength(masks[position])}`),
    gateways: listOf(value('Gateways')),
    dnsServers: listOf(value('DNSServerList')),
    ...(value('DNSDomain') === '' ? {} : { dnsDomain: value('DNSDomain') }),
  };
}

function listOf(text: string): string[] {
  return text.split(/[,;\s]+/).filter((part) => part !== '');
}

/** Of `255.255.255.0`: 24. */
function prefixLength(mask: string | undefined): number {
  const bits = (mask ?? '255.255.255.0').split('.').map((part) => Number(part).toString(2).padStart(8, '0'));
  return bits.join('').indexOf('0') === -1 ? 32 : bits.join('').indexOf('0');
}

function installPackage(step: OriginalStep, site: Conversions): Conversion | undefined {
  const originalId = step.value('PackageID');
  const continueOnFailure = step.isTrue('ContinueOnInstallError');
  const base = VariableName.safeParse(step.value('BaseVariableName'));
  if (base.success) {
    const notes = ['what the variables name must be packages of this site'];
    return { draft: { type: 'install-package', options: { baseVariable: base.data, continueOnFailure } }, notes };
  }
  if (originalId === '') return undefined;
  const { id, obstacles } = site.reference('package', originalId);
  const program = step.value('ProgramName');
  const options = { packageId: id, continueOnFailure, ...(program === '' ? {} : { program }) };
  return { draft: { type: 'install-package', options }, obstacles };
}
