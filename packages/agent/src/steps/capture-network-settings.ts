/** Capture Network Settings: static addresses and the domain of the system, into the variables that Apply Network Settings reads (feature map §3.2). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdapterSettings, CapturedNetwork } from '@ostler/imaging';
import type { VariableScope } from '@ostler/task-sequence';
import { listAdapters, type Adapter } from '../facts/gather-facts.ts';
import { isOff } from './capture-os-settings.ts';
import { withInstalledSystem } from './installed-system.ts';
import { succeeded, type StepHandler } from './step-context.ts';

export const captureNetworkSettings: StepHandler<'capture-network-settings'> = async (options, context) => {
  const { variables, imaging } = context;
  const [network, domain] = await withInstalledSystem(context, async (root) => [
    await imaging.readNetworkSettings(root),
    await domainOf(root),
  ]);
  const withAdapters = options.adapters && !isOff('OSDMigrateAdapterSettings', variables);
  const count = withAdapters ? setAdapters(network, await listAdapters('/'), variables) : 0;
  const withDomain = options.membership && domain !== undefined && !isOff('OSDMigrateNetworkMembership', variables);
  if (withDomain) variables.set('OSDDomainName', domain);
  const what = count === 0 ? 'No adapter has settings of its own: DHCP is asked' : `${count} adapter(s) of ${network.stack ?? ''}`;
  return succeeded(withDomain ? `${what}; the domain ${domain}` : what, { adapters: count });
};

/**
 * An adapter is kept by its MAC address: the next system may call it by another name. Nothing is set when there is nothing to
 * keep, because OSDAdapterCount makes the variables the only source. @returns how many
 */
export function setAdapters(network: CapturedNetwork, machine: readonly Adapter[], variables: VariableScope): number {
  if (network.adapters.length === 0) return 0;
  variables.set('OSDAdapterCount', String(network.adapters.length));
  for (const [order, adapter] of network.adapters.entries()) {
    for (const [property, value] of Object.entries(propertiesOf(adapter, machine))) variables.set(`OSDAdapter${order}${property}`, value);
  }
  variables.set('OSDDNSSuffixSearchOrder', network.dnsSuffixSearchOrder.join(','));
  return network.adapters.length;
}

function propertiesOf(adapter: AdapterSettings, machine: readonly Adapter[]): Record<string, string> {
  const macAddress = adapter.macAddress ?? machine.find(({ name }) => name === adapter.name)?.macAddress;
  return {
    MacAddress: macAddress ?? '',
    Name: macAddress === undefined ? (adapter.name ?? '') : '',
    EnableDHCP: adapter.enableDhcp ? 'TRUE' : 'FALSE',
    // With the prefix length, which says what a mask says and also fits IPv6.
    IPAddressList: adapter.addresses.join(','),
    SubnetMask: '',
    Gateways: adapter.gateways.join(','),
    DNSServerList: adapter.dnsServers.join(','),
    DNSDomain: adapter.dnsDomain ?? '',
  };
}

/** sssd.conf(5): the domains that logins come from. */
async function domainOf(root: string): Promise<string | undefined> {
  const text = await readFile(join(root, 'etc/sssd/sssd.conf'), 'utf8').catch(() => '');
  return /^\s*domains\s*=\s*(?<domain>[\w.-]+)/m.exec(text)?.groups?.['domain'];
}
