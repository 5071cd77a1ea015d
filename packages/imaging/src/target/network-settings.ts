/**
 * Apply Network Settings: adapters, addresses and name servers of an applied Linux tree, in the words of the network program
 * that the tree uses (network-stacks.ts).
 */
import { readdir } from 'node:fs/promises';
import { isIP, isIPv6 } from 'node:net';
import { join } from 'node:path';
import { OstlerError } from '@ostler/contract';
import type { ImagingPort } from '../port.ts';
import { existsInside, requireLinuxTree } from './linux-tree.ts';
import { networkStacks, wiredNames, type NetworkStack, type ResolvedAdapter } from './network-stacks.ts';
import { linkInTree, readTreeFile, removeFromTree, resolveInTree, writeTreeFile } from './tree-files.ts';

export type { NetworkStack } from './network-stacks.ts';

export interface AdapterSettings {
  /** Which adapter: by MAC address, else by name, else by its place in this list among the machine's adapters. */
  readonly macAddress?: string | undefined;
  readonly name?: string | undefined;
  readonly enableDhcp: boolean;
  /** With prefix length, such as 192.0.2.10/24; of both families. */
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
  readonly dnsServers: readonly string[];
  readonly dnsDomain?: string | undefined;
}

export interface MachineAdapter {
  readonly name: string;
  readonly macAddress: string;
}

export interface NetworkSettings {
  /** Empty: every wired adapter asks DHCP. */
  readonly adapters: readonly AdapterSettings[];
  readonly dnsSuffixSearchOrder: readonly string[];
  /** The wired adapters of the machine in their order: the installed system may name them differently, so they are matched by address. */
  readonly machineAdapters: readonly MachineAdapter[];
}

export interface NetworkReport {
  readonly stack: NetworkStack;
  /** Paths inside the tree. */
  readonly files: readonly string[];
}

/**
 * Replaces what an earlier call wrote.
 * @throws OstlerError TARGET_NOT_LINUX, NETWORK_STACK_UNKNOWN, ADAPTER_NOT_FOUND, SETTING_INVALID before anything is written
 */
export async function applyNetworkSettings(root: string, settings: NetworkSettings, port: ImagingPort): Promise<NetworkReport> {
  await requireLinuxTree(root);
  const adapters = resolveAdapters(settings);
  const stack = await findStack(root);
  port.report({ activity: 'Writing the network settings', done: 0, total: 1, unit: 'items' });
  const files = networkStacks[stack].render(adapters);
  await removeEarlier(
    root,
    files.map(({ path }) => path),
  );
  for (const { path, text, mode } of files) await writeTreeFile(root, path, text, mode);
  await enableUnits(root, networkStacks[stack].units);
  await writeResolver(root, stack, adapters);
  const report = { stack, files: files.map(({ path }) => `/${path}`) };
  port.log?.('network settings applied', { ...report });
  return report;
}

async function findStack(root: string): Promise<NetworkStack> {
  const known = Object.keys(networkStacks) as NetworkStack[];
  for (const stack of known) {
    if (await networkStacks[stack].isUsed(root)) return stack;
  }
  throw new OstlerError('NETWORK_STACK_UNKNOWN', { known: known.join(', ') });
}

function resolveAdapters({ adapters, machineAdapters, dnsSuffixSearchOrder }: NetworkSettings): ResolvedAdapter[] {
  if (adapters.length === 0) {
    const none = { addresses: [], gateways: [], dnsServers: [] };
    return [{ match: { names: wiredNames }, dhcp: true, ...none, searchDomains: dnsSuffixSearchOrder.map(checkDomain) }];
  }
  return adapters.map((adapter, position) => {
    const { addresses, gateways, dnsServers, dnsDomain } = adapter;
    if (!adapter.enableDhcp && addresses.length === 0) {
      throw invalid(`Adapter ${position + 1}`, adapter.name ?? adapter.macAddress ?? '', 'it has neither DHCP nor an address.');
    }
    return {
      match: matchOf(adapter, position, machineAdapters),
      dhcp: adapter.enableDhcp,
      addresses: addresses.map(checkAddress),
      gateways: gateways.map((each) => checkHostAddress('The gateway', each)),
      dnsServers: dnsServers.map((each) => checkHostAddress('The DNS server', each)),
      searchDomains: [...new Set([dnsDomain ?? '', ...dnsSuffixSearchOrder].filter((each) => each !== '').map(checkDomain))],
    };
  });
}

function matchOf({ macAddress, name }: AdapterSettings, position: number, machine: readonly MachineAdapter[]): ResolvedAdapter['match'] {
  if (macAddress !== undefined && macAddress !== '') return { mac: checkMac(macAddress) };
  const found = name === undefined || name === '' ? machine[position] : machine.find((each) => each.name === name);
  if (found !== undefined) return { mac: checkMac(found.macAddress) };
  const list = machine.map((each) => `${each.name} (${each.macAddress})`).join(', ') || 'none';
  throw new OstlerError('ADAPTER_NOT_FOUND', { adapter: name || `number ${position + 1}`, found: list });
}

/** Accepts Windows' spelling (52-54-00-…) too. */
function checkMac(text: string): string {
  const mac = text.trim().toLowerCase().replaceAll('-', ':');
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(mac))
    throw invalid('The MAC address', text, 'it must have six pairs of hexadecimal digits.');
  return mac;
}

function checkAddress(text: string): string {
  const [address = '', prefix = '', ...rest] = text.trim().split('/');
  const bits = isIPv6(address) ? 128 : 32;
  const isValid = isIP(address) !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits && rest.length === 0;
  if (!isValid) throw invalid('The address', text, 'it must be an address with its prefix length, such as 192.0.2.10/24.');
  return `${address}/${prefix}`;
}

function checkHostAddress(setting: string, text: string): string {
  const address = text.trim();
  if (isIP(address) === 0) throw invalid(setting, text, 'it must be an IPv4 or IPv6 address.');
  return address;
}

function checkDomain(text: string): string {
  const labels = text.trim().split('.');
  if (!labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?$/i.test(label)))
    throw invalid('The DNS suffix', text, 'it must be a domain name.');
  return text.trim();
}

/** Files of this step from an earlier run, of this program or another. */
async function removeEarlier(root: string, now: readonly string[]): Promise<void> {
  for (const folder of ['etc/systemd/network', 'etc/NetworkManager/system-connections', 'etc/netplan', 'etc/network/interfaces.d']) {
    const names = await readdir(await resolveInTree(root, folder)).catch(() => []);
    for (const name of names.filter((each) => /^(?:\d\d-)?ostler(?:[-.]|$)/.test(each))) {
      if (!now.includes(join(folder, name))) await removeFromTree(root, join(folder, name));
    }
  }
}

/** As `systemctl enable` does for these units. */
async function enableUnits(root: string, units: readonly string[]): Promise<void> {
  for (const unit of units) {
    const file = `usr/lib/systemd/system/${unit}`;
    if (!(await existsInside(root, file))) continue;
    const target = unit === 'systemd-resolved.service' ? 'sysinit.target' : 'multi-user.target';
    await linkInTree(root, `etc/systemd/system/${target}.wants/${unit}`, `/${file}`);
  }
}

const stubResolver = '../run/systemd/resolve/stub-resolv.conf';

/** systemd-networkd without systemd-resolved, and ifupdown without resolvconf, write no resolv.conf: static name servers are written here. */
async function writeResolver(root: string, stack: NetworkStack, adapters: readonly ResolvedAdapter[]): Promise<void> {
  if (stack === 'netplan' || stack === 'network-manager') return;
  if (await existsInside(root, 'usr/lib/systemd/systemd-resolved')) {
    if (stack === 'systemd-networkd') await linkInTree(root, 'etc/resolv.conf', stubResolver);
    return;
  }
  const servers = adapters.flatMap(({ dnsServers }) => dnsServers);
  const search = [...new Set(adapters.flatMap(({ searchDomains }) => searchDomains))];
  if (servers.length === 0 || (await readTreeFile(root, 'etc/resolvconf/run/enable-updates')) !== undefined) return;
  const lines = [...(search.length === 0 ? [] : [`search ${search.join(' ')}`]), ...servers.map((each) => `nameserver ${each}`), ''];
  await removeFromTree(root, 'etc/resolv.conf');
  await writeTreeFile(root, 'etc/resolv.conf', lines.join('\n'), 0o644);
}

function invalid(setting: string, value: string, problem: string): OstlerError {
  return new OstlerError('SETTING_INVALID', { setting, value, problem });
}
