/** The settings of network boot, completed with what this computer's interfaces say. */
import type { NetworkInterfaceInfo } from 'node:os';
import { OstlerError } from '@ostler/contract';
import type { DhcpSettings } from '@ostler/network-boot';
import type { Config } from '../config.ts';

export type Interfaces = Readonly<Record<string, readonly Pick<NetworkInterfaceInfo, 'address' | 'family' | 'netmask'>[] | undefined>>;
type Dhcp = Config['dhcp'];

const writers: { readonly [M in Dhcp['mode']]: (dhcp: Dhcp, name: string, netmask: () => string) => DhcpSettings } = {
  proxy: (_dhcp, name, netmask) => ({ mode: 'proxy', interface: name, netmask: netmask() }),
  full: (dhcp, name, netmask) => ({
    mode: 'full',
    interface: name,
    netmask: netmask(),
    rangeStart: required('rangeStart', dhcp.rangeStart),
    rangeEnd: required('rangeEnd', dhcp.rangeEnd),
    leaseTime: dhcp.leaseTime,
    router: dhcp.router,
    dnsServers: dhcp.dnsServers,
  }),
  off: (_dhcp, name) => ({ mode: 'off', interface: name }),
};

/**
 * Without an interface in the settings: the one that has the site's address.
 * @throws OstlerError NETWORK_BOOT_INTERFACE_MISSING, NETWORK_BOOT_SETTING_INVALID
 */
export function completeDhcpSettings(dhcp: Dhcp, siteAddress: string, interfaces: Interfaces): DhcpSettings {
  const holder = Object.entries(interfaces).find(([, addresses]) => addresses?.some(({ address }) => address === siteAddress))?.[0];
  const name = dhcp.interface ?? holder;
  if (name === undefined) throw new OstlerError('NETWORK_BOOT_INTERFACE_MISSING', { interface: `with the site's address ${siteAddress}` });
  const own = interfaces[name]?.find(({ family, address }) => family === 'IPv4' && (address === siteAddress || holder !== name));
  return writers[dhcp.mode](dhcp, name, () => required('netmask', dhcp.netmask ?? own?.netmask ?? null));
}

function required(setting: string, value: string | null): string {
  if (value === null) throw new OstlerError('NETWORK_BOOT_SETTING_INVALID', { setting, value: '', problem: 'it is needed in this mode' });
  return value;
}
