/**
 * Capture Network Settings: the adapters of a Linux system as its files say, running or not, so that static addresses survive a
 * refresh. Writing them is network-settings.ts. What a file says that has no counterpart there (bonds, VLANs, routes) is left out.
 */
import { glob } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { AdapterSettings } from './network-settings.ts';
import { networkStacks, type NetworkStack } from './network-stacks.ts';
import { readTreeFile, resolveInTree } from './tree-files.ts';

export interface CapturedNetwork {
  readonly stack: NetworkStack | null;
  /** Those that a file names by MAC address or by one whole name; patterns such as `en*` say nothing of one adapter. */
  readonly adapters: readonly AdapterSettings[];
  readonly dnsSuffixSearchOrder: readonly string[];
}

interface Found {
  mac?: string | undefined;
  name?: string | undefined;
  dhcp: boolean;
  addresses: string[];
  gateways: string[];
  dns: string[];
  search: string[];
}

type Reader = (root: string) => Promise<Found[]>;

const readers: Readonly<Record<NetworkStack, Reader>> = {
  netplan: readNetplan,
  'network-manager': readKeyfiles,
  ifupdown: readInterfaces,
  'systemd-networkd': readNetworkd,
};

/** Reads the files of the network program that the system uses. A system without any has no settings to keep. */
export async function readNetworkSettings(root: string): Promise<CapturedNetwork> {
  for (const stack of Object.keys(readers) as NetworkStack[]) {
    if (!(await networkStacks[stack].isUsed(root))) continue;
    const found = (await readers[stack](root)).filter(
      ({ mac, name }) => mac !== undefined || (name !== undefined && !/[*?[\]]/.test(name)),
    );
    if (found.length === 0) continue;
    const search = [...new Set(found.flatMap((each) => each.search))];
    return { stack, adapters: found.map(asAdapter), dnsSuffixSearchOrder: search };
  }
  return { stack: null, adapters: [], dnsSuffixSearchOrder: [] };
}

function asAdapter({ mac, name, dhcp, addresses, gateways, dns, search }: Found): AdapterSettings {
  return {
    ...(mac === undefined ? { name } : { macAddress: mac.toLowerCase() }),
    enableDhcp: dhcp,
    addresses: [...new Set(addresses)],
    gateways: [...new Set(gateways)],
    dnsServers: [...new Set(dns)],
    dnsDomain: search[0],
  };
}

function nothing(): Found {
  return { dhcp: false, addresses: [], gateways: [], dns: [], search: [] };
}

async function textsOf(root: string, pattern: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of glob(pattern, { cwd: await resolveInTree(root, '/') })) paths.push(path);
  const sorted = paths.toSorted((a, b) => basename(a).localeCompare(basename(b), 'en'));
  return Promise.all(sorted.map(async (path) => (await readTreeFile(root, path)) ?? ''));
}

type Section = { readonly name: string; readonly entries: readonly (readonly [key: string, value: string])[] };

/** Files of `[Section]` and `Key=value`; a key may come several times. */
function sectionsOf(text: string): Section[] {
  const sections: { name: string; entries: [string, string][] }[] = [];
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || /^[#;]/.test(line)) continue;
    const at = line.indexOf('=');
    if (line.startsWith('[')) sections.push({ name: line.slice(1, -1), entries: [] });
    else if (at > 0) sections.at(-1)?.entries.push([line.slice(0, at).trim(), line.slice(at + 1).trim()]);
  }
  return sections;
}

/** Every value of a key, in every section of the name. */
function valuesOf(sections: readonly Section[], name: string, key: string): string[] {
  const entries = sections.filter((each) => each.name === name).flatMap((each) => each.entries);
  return entries.filter(([each]) => each === key).map(([, value]) => value);
}

const words = (texts: readonly string[]): string[] => texts.flatMap((text) => text.split(/[\s,;]+/)).filter((each) => each !== '');

/** systemd.network(5) */
async function readNetworkd(root: string): Promise<Found[]> {
  return (await textsOf(root, 'etc/systemd/network/*.network')).map((text) => {
    const sections = sectionsOf(text);
    const of = (name: string, key: string): string[] => valuesOf(sections, name, key);
    const names = words(of('Match', 'Name'));
    return {
      mac: words([...of('Match', 'MACAddress'), ...of('Match', 'PermanentMACAddress')])[0],
      name: names.length === 1 ? names[0] : undefined,
      dhcp: !['no', 'false', undefined].includes(of('Network', 'DHCP').at(-1)),
      addresses: [...of('Network', 'Address'), ...of('Address', 'Address')],
      gateways: [...of('Network', 'Gateway'), ...of('Route', 'Gateway')].filter((each) => !each.startsWith('_')),
      dns: words(of('Network', 'DNS')),
      search: words(of('Network', 'Domains')).filter((each) => !each.startsWith('~')),
    };
  });
}

/** nm-settings-keyfile(5). `address1=192.0.2.10/24,192.0.2.1` may carry the gateway. */
async function readKeyfiles(root: string): Promise<Found[]> {
  const connections = (await textsOf(root, 'etc/NetworkManager/system-connections/*')).map(sectionsOf);
  const wired = connections.filter((each) => ['ethernet', '802-3-ethernet'].includes(valuesOf(each, 'connection', 'type')[0] ?? ''));
  return wired.map((sections) => {
    const found = nothing();
    found.mac = [...valuesOf(sections, 'ethernet', 'mac-address'), ...valuesOf(sections, '802-3-ethernet', 'mac-address')][0];
    found.name = valuesOf(sections, 'connection', 'interface-name')[0];
    for (const family of ['ipv4', 'ipv6']) readKeyfileFamily(sections, family, found);
    return found;
  });
}

function readKeyfileFamily(sections: readonly Section[], family: string, found: Found): void {
  const entries = sections.filter(({ name }) => name === family).flatMap((each) => each.entries);
  for (const [key, value] of entries) {
    // IPv6 is "auto" also beside a static IPv4 address: router advertisements, not DHCP.
    if (key === 'method' && value === 'auto' && family === 'ipv4') found.dhcp = true;
    if (/^address(?:es)?\d*$/.test(key)) {
      const [address, gateway] = words([value]);
      if (address !== undefined) found.addresses.push(address);
      if (gateway !== undefined) found.gateways.push(gateway);
    }
    if (key === 'gateway') found.gateways.push(value);
    if (key === 'dns') found.dns.push(...words([value]));
    if (key === 'dns-search') found.search.push(...words([value]));
  }
}

/** interfaces(5). A stanza's label stands for an adapter when an `auto /mac/…=label` line says so. */
async function readInterfaces(root: string): Promise<Found[]> {
  const texts = [(await readTreeFile(root, 'etc/network/interfaces')) ?? '', ...(await textsOf(root, 'etc/network/interfaces.d/*'))];
  const labels = new Map<string, Found>();
  let current: Found | undefined;
  for (const line of texts.join('\n').split('\n')) {
    const [first = '', ...rest] = line.trim().split(/\s+/);
    if (first === 'auto' || first === 'allow-hotplug') for (const each of rest) nameLabel(each, labels);
    else if (first === 'iface') current = beginStanza(rest, labels);
    else if (current !== undefined) readStanzaLine(first, rest, current);
  }
  return [...labels.values()].filter(({ name, dhcp, addresses }) => name !== 'lo' && (dhcp || addresses.length > 0));
}

function labelled(label: string, labels: Map<string, Found>): Found {
  const found = labels.get(label) ?? { ...nothing(), name: label };
  labels.set(label, found);
  return found;
}

function nameLabel(word: string, labels: Map<string, Found>): void {
  const { pattern, label } = /^\/(?<pattern>[^=]+)=(?<label>.+)$/.exec(word)?.groups ?? {};
  if (pattern === undefined || label === undefined) return;
  const found = labelled(label, labels);
  if (pattern.startsWith('mac/')) found.mac = pattern.slice('mac/'.length);
  else found.name = pattern;
}

function beginStanza([label = '', , method]: readonly string[], labels: Map<string, Found>): Found {
  const found = labelled(label, labels);
  if (method === 'dhcp') found.dhcp = true;
  return found;
}

function readStanzaLine(option: string, values: readonly string[], found: Found): void {
  const [value = ''] = values;
  if (option === 'address' && value !== '') found.addresses.push(value);
  if (option === 'netmask') found.addresses = found.addresses.map((each) => (each.includes('/') ? each : `${each}/${prefixOf(value)}`));
  if (option === 'gateway') found.gateways.push(value);
  if (option === 'dns-nameservers' || option === 'dns-nameserver') found.dns.push(...values);
  if (option === 'dns-search' || option === 'dns-domain') found.search.push(...values);
}

/** `255.255.255.0` is 24; a number is a prefix already. */
function prefixOf(mask: string): string {
  if (!isIPv4(mask)) return mask;
  const bits = mask.split('.').map((part) => Number(part).toString(2));
  return String(bits.join('').replaceAll('0', '').length);
}

const Text = z.union([z.string(), z.record(z.string(), z.unknown()).transform((entry) => Object.keys(entry)[0] ?? '')]);
const Netplan = z.object({
  network: z
    .object({
      ethernets: z
        .record(
          z.string(),
          z.object({
            match: z.object({ macaddress: z.string().optional(), name: z.union([z.string(), z.array(z.string())]).optional() }).optional(),
            dhcp4: z.boolean().default(false),
            addresses: z.array(Text).default([]),
            gateway4: z.string().optional(),
            gateway6: z.string().optional(),
            routes: z.array(z.object({ to: z.string(), via: z.string().optional() })).default([]),
            nameservers: z.object({ addresses: z.array(z.string()).default([]), search: z.array(z.string()).default([]) }).prefault({}),
          }),
        )
        .default({}),
    })
    .prefault({}),
});

const defaultRoutes = ['default', '0.0.0.0/0', '::/0'];

function parsedYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

/** netplan(5). A file that cannot be read is left out: netplan itself would refuse it. */
async function readNetplan(root: string): Promise<Found[]> {
  const files = (await textsOf(root, 'etc/netplan/*.yaml')).flatMap((text) => {
    const parsed = Netplan.safeParse(parsedYaml(text));
    return parsed.success ? [parsed.data.network.ethernets] : [];
  });
  return Object.entries(Object.assign({}, ...files) as (typeof files)[number]).map(([id, adapter]) => ({
    mac: adapter.match?.macaddress,
    name: adapter.match === undefined ? id : typeof adapter.match.name === 'string' ? adapter.match.name : undefined,
    dhcp: adapter.dhcp4,
    addresses: adapter.addresses,
    gateways: [
      ...[adapter.gateway4, adapter.gateway6].filter((each) => each !== undefined),
      ...adapter.routes.flatMap(({ to, via }) => (defaultRoutes.includes(to) && via !== undefined ? [via] : [])),
    ],
    dns: adapter.nameservers.addresses,
    search: adapter.nameservers.search,
  }));
}
