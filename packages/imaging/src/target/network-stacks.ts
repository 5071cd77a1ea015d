/** The texts of each network program's configuration, and the detection of the program a tree uses. Addresses are checked already. */
import { isIPv4, isIPv6 } from 'node:net';
import { existsInside, hasProgram } from './linux-tree.ts';

export type NetworkStack = 'netplan' | 'network-manager' | 'ifupdown' | 'systemd-networkd';

/** One adapter, resolved: it is matched by its MAC address, or by name or name pattern. */
export interface ResolvedAdapter {
  readonly match: { readonly mac: string } | { readonly names: readonly string[] };
  readonly dhcp: boolean;
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
  readonly dnsServers: readonly string[];
  readonly searchDomains: readonly string[];
}

export interface StackFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

interface Stack {
  readonly isUsed: (root: string) => Promise<boolean>;
  readonly render: (adapters: readonly ResolvedAdapter[]) => StackFile[];
  /** Units that must start for the files to have an effect. */
  readonly units: readonly string[];
}

/** In the order of asking: the first that a tree uses gets the settings. systemd-networkd is in every systemd, so it comes last. */
export const networkStacks: Readonly<Record<NetworkStack, Stack>> = {
  netplan: { isUsed: (root) => hasProgram(root, 'netplan'), render: renderNetplan, units: [] },
  'network-manager': { isUsed: (root) => hasProgram(root, 'NetworkManager'), render: renderKeyfiles, units: [] },
  ifupdown: { isUsed: (root) => hasProgram(root, 'ifup'), render: renderInterfaces, units: [] },
  'systemd-networkd': {
    isUsed: (root) => existsInside(root, 'usr/lib/systemd/systemd-networkd'),
    render: renderNetworkd,
    units: ['systemd-networkd.service', 'systemd-resolved.service'],
  },
};

/** Names that the kernel and systemd give to wired adapters. */
export const wiredNames = ['en*', 'eth*'] as const;

const ipv4 = (addresses: readonly string[]): string[] => addresses.filter((each) => isIPv4(each.split('/')[0] ?? ''));
const ipv6 = (addresses: readonly string[]): string[] => addresses.filter((each) => isIPv6(each.split('/')[0] ?? ''));

/** systemd.network(5) */
function renderNetworkd(adapters: readonly ResolvedAdapter[]): StackFile[] {
  return adapters.map((adapter, position) => {
    const match = 'mac' in adapter.match ? [`MACAddress=${adapter.match.mac}`, 'Type=ether'] : [`Name=${adapter.match.names.join(' ')}`];
    const network = [
      `DHCP=${adapter.dhcp ? 'yes' : 'no'}`,
      ...adapter.addresses.map((each) => `Address=${each}`),
      ...adapter.gateways.map((each) => `Gateway=${each}`),
      ...adapter.dnsServers.map((each) => `DNS=${each}`),
      ...(adapter.searchDomains.length === 0 ? [] : [`Domains=${adapter.searchDomains.join(' ')}`]),
    ];
    const text = ['[Match]', ...match, '', '[Network]', ...network, ''].join('\n');
    return { path: `etc/systemd/network/10-ostler-${position}.network`, text, mode: 0o644 };
  });
}

/** nm-settings-keyfile(5) */
function renderKeyfiles(adapters: readonly ResolvedAdapter[]): StackFile[] {
  return adapters.map((adapter, position) => {
    const id = `ostler-${position}`;
    const byMac = 'mac' in adapter.match ? [`mac-address=${adapter.match.mac}`] : [];
    const byName = 'names' in adapter.match ? ['[match]', `interface-name=${adapter.match.names.join(';')};`, ''] : [];
    const sections = [
      ['[connection]', `id=${id}`, 'type=ethernet', 'autoconnect=true', ''],
      ['[ethernet]', ...byMac, ''],
      byName,
      ['[ipv4]', ...keyfileFamily(adapter, ipv4, 'disabled'), ''],
      ['[ipv6]', ...keyfileFamily(adapter, ipv6, 'auto'), ''],
    ];
    const text = sections.flat().join('\n');
    return { path: `etc/NetworkManager/system-connections/${id}.nmconnection`, text, mode: 0o600 };
  });
}

function keyfileFamily(adapter: ResolvedAdapter, of: (addresses: readonly string[]) => string[], without: string): string[] {
  const addresses = of(adapter.addresses);
  const gateway = of(adapter.gateways)[0];
  const dns = of(adapter.dnsServers);
  const method = addresses.length > 0 && !adapter.dhcp ? 'manual' : adapter.dhcp ? 'auto' : without;
  return [
    `method=${method}`,
    ...addresses.map((each, index) => `address${index + 1}=${each}`),
    ...(gateway === undefined ? [] : [`gateway=${gateway}`]),
    ...(dns.length === 0 ? [] : [`dns=${dns.join(';')};`]),
    ...(adapter.searchDomains.length === 0 || method === 'disabled' ? [] : [`dns-search=${adapter.searchDomains.join(';')};`]),
  ];
}

/** interfaces(5), "INTERFACE MATCHING": a pattern names the adapter, the part after = the stanza. */
function renderInterfaces(adapters: readonly ResolvedAdapter[]): StackFile[] {
  const stanzas = adapters.map((adapter, position) => {
    const label = `ostler${position}`;
    const patterns = 'mac' in adapter.match ? [`/mac/${adapter.match.mac}`] : adapter.match.names.map((name) => `/${name}`);
    return [...patterns.map((each) => `auto ${each}=${label}`), ...interfaceFamilies(adapter, label), ''].join('\n');
  });
  return [{ path: 'etc/network/interfaces.d/ostler', text: stanzas.join('\n'), mode: 0o644 }];
}

function interfaceFamilies(adapter: ResolvedAdapter, label: string): string[] {
  const dhcp = adapter.dhcp ? [`iface ${label} inet dhcp`] : [];
  const dns = [
    ...(adapter.dnsServers.length === 0 ? [] : [`    dns-nameservers ${adapter.dnsServers.join(' ')}`]),
    ...(adapter.searchDomains.length === 0 ? [] : [`    dns-search ${adapter.searchDomains.join(' ')}`]),
  ];
  const stanza = (family: 'inet' | 'inet6', of: typeof ipv4) => {
    const gateway = of(adapter.gateways)[0];
    return of(adapter.addresses).flatMap((address, index) => [
      `iface ${label} ${family} static`,
      `    address ${address}`,
      ...(index > 0 || gateway === undefined ? [] : [`    gateway ${gateway}`]),
      ...(index > 0 ? [] : dns),
    ]);
  };
  return [...dhcp, ...stanza('inet', ipv4), ...stanza('inet6', ipv6)];
}

/** netplan's YAML; every text is quoted as JSON, which YAML reads alike. */
function renderNetplan(adapters: readonly ResolvedAdapter[]): StackFile[] {
  const list = (values: readonly string[]): string => JSON.stringify(values);
  const lines = adapters.flatMap((adapter, position) => {
    const names = 'names' in adapter.match ? adapter.match.names : [];
    const matches =
      'mac' in adapter.match ? [`macaddress: ${JSON.stringify(adapter.match.mac)}`] : names.map((name) => `name: ${JSON.stringify(name)}`);
    return matches.flatMap((match, index) => [
      `    ostler${position}${index === 0 ? '' : `-${index}`}:`,
      `      match: { ${match} }`,
      `      dhcp4: ${adapter.dhcp}`,
      `      dhcp6: ${adapter.dhcp}`,
      ...(adapter.addresses.length === 0 ? [] : [`      addresses: ${list(adapter.addresses)}`]),
      ...(adapter.gateways.length === 0 ? [] : [`      routes: [${adapter.gateways.map(netplanRoute).join(', ')}]`]),
      `      nameservers: { addresses: ${list(adapter.dnsServers)}, search: ${list(adapter.searchDomains)} }`,
    ]);
  });
  const text = ['network:', '  version: 2', '  ethernets:', ...lines, ''].join('\n');
  return [{ path: 'etc/netplan/90-ostler.yaml', text, mode: 0o600 }];
}

function netplanRoute(gateway: string): string {
  return `{ to: "default", via: ${JSON.stringify(gateway)} }`;
}
