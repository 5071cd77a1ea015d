/**
 * dnsmasq's configuration for network boot (versions 2.90 and 2.91): no DNS, one interface, TFTP for the first stage.
 * Proxy: answers beside an existing DHCP server and gives no addresses. Full: the only DHCP server of an isolated network.
 * Off: TFTP alone; an existing DHCP server points to it (dhcp-server-instructions.ts).
 */
import { OstlerError } from '@ostler/contract';
import { httpBootUrl, ipxeScriptUrl } from './dhcp-server-instructions.ts';
import { requireIpv4, type SiteAddress } from './site-address.ts';
import { loaderFiles } from './tftp-tree.ts';

export interface FullDhcp {
  readonly rangeStart: string;
  readonly rangeEnd: string;
  readonly netmask: string;
  /** As dnsmasq writes it: `12h`, `infinite`. */
  readonly leaseTime: string;
  /** Null where the network has no way out: then no router is told. */
  readonly router: string | null;
  readonly dnsServers: readonly string[];
}

export type DhcpSettings =
  | { readonly mode: 'proxy'; readonly interface: string; readonly netmask: string }
  | ({ readonly mode: 'full'; readonly interface: string } & FullDhcp)
  | { readonly mode: 'off'; readonly interface: string };

/** Absolute paths, and the account that dnsmasq gives its root rights up for. */
export interface DnsmasqPlaces {
  readonly tftpRoot: string;
  readonly leaseFile: string;
  readonly pidFile: string;
  readonly user: string;
}

type Writers = { readonly [M in DhcpSettings['mode']]: (settings: Extract<DhcpSettings, { mode: M }>, site: SiteAddress) => string[] };

const writers: Writers = { proxy: proxyLines, full: fullLines, off: () => [] };

/** @throws OstlerError NETWORK_BOOT_SETTING_INVALID when a value cannot stand in the file or makes no sense. */
export function dnsmasqConfiguration(settings: DhcpSettings, site: SiteAddress, places: DnsmasqPlaces): string {
  const interfaceName = requirePattern(
    'interface',
    settings.interface,
    /^[A-Za-z0-9][\w.:@-]{0,14}$/,
    'it is not the name of a network interface',
  );
  // Safe: the table has for each mode the writer of that very mode.
  const write = writers[settings.mode] as (settings: DhcpSettings, site: SiteAddress) => string[];
  return `${[
    'port=0',
    `interface=${interfaceName}`,
    // loopback would be added by itself
    'except-interface=lo',
    'bind-interfaces',
    `user=${requirePattern('user', places.user, /^[a-z_][a-z0-9_-]{0,31}$/, 'it is not the name of an account')}`,
    `pid-file=${requirePath('pidFile', places.pidFile)}`,
    'enable-tftp',
    `tftp-root=${requirePath('tftpRoot', places.tftpRoot)}`,
    // Larger blocks are fragmented on networks with a smaller MTU, and firmware does not put fragments together.
    'tftp-mtu=1500',
    `dhcp-leasefile=${requirePath('leaseFile', places.leaseFile)}`,
    ...write(settings, site),
  ].join('\n')}\n`;
}

/**
 * Architectures of option 93: 0 BIOS, 7 and 9 UEFI x64 (9 is what some firmwares send), 16 UEFI HTTP Boot x64.
 * iPXE names itself by user class (RFC 3004); its own option 175 is there where the class is not.
 */
const matches: readonly string[] = [
  'dhcp-match=set:bios,option:client-arch,0',
  'dhcp-match=set:efi64,option:client-arch,7',
  'dhcp-match=set:efi64,option:client-arch,9',
  'dhcp-match=set:efihttp,option:client-arch,16',
  'dhcp-userclass=set:ipxe,iPXE',
  'dhcp-match=set:ipxe,175',
];

function proxyLines(settings: Extract<DhcpSettings, { mode: 'proxy' }>, site: SiteAddress): string[] {
  requireIpv4('netmask', settings.netmask);
  return [
    `dhcp-range=${networkAddress(site.address, settings.netmask)},proxy,${settings.netmask}`,
    ...matches,
    // Makes dnsmasq answer HTTP Boot firmware as it answers PXE firmware, with its own vendor class.
    'dhcp-pxe-vendor=PXEClient,HTTPClient:Arch:00016',
    // Without a menu: one service each, started at once. The names are dnsmasq's for architectures 0, 7 and 9.
    `pxe-service=tag:!ipxe,x86PC,"Ostler",${loaderFiles.bios}`,
    `pxe-service=tag:!ipxe,BC_EFI,"Ostler",${loaderFiles.shim}`,
    `pxe-service=tag:!ipxe,X86-64_EFI,"Ostler",${loaderFiles.shim}`,
    // With the server's address: iPXE takes the file name of a proxy's offer only when the offer has a next server too.
    `dhcp-boot=tag:ipxe,${ipxeScriptUrl(site)},,${site.address}`,
    `dhcp-boot=tag:efihttp,tag:!ipxe,${httpBootUrl(site)}`,
    'log-dhcp',
  ];
}

function fullLines(settings: Extract<DhcpSettings, { mode: 'full' }>, site: SiteAddress): string[] {
  for (const key of ['rangeStart', 'rangeEnd', 'netmask'] as const) requireIpv4(key, settings[key]);
  for (const server of settings.dnsServers) requireIpv4('dnsServers', server);
  if (settings.router !== null) requireIpv4('router', settings.router);
  requireSameNetwork(site.address, settings);
  const leaseTime = requirePattern('leaseTime', settings.leaseTime, /^(?:\d{1,9}[smhd]?|infinite)$/, 'it is not a time such as 12h');
  return [
    `dhcp-range=${settings.rangeStart},${settings.rangeEnd},${settings.netmask},${leaseTime}`,
    'dhcp-authoritative',
    // The range's state is the lease file: a machine keeps its address over restarts of the server.
    ...matches,
    // An empty value: dnsmasq would name itself otherwise, and machines would route into nothing.
    settings.router === null ? 'dhcp-option=option:router' : `dhcp-option=option:router,${settings.router}`,
    settings.dnsServers.length === 0 ? 'dhcp-option=option:dns-server' : `dhcp-option=option:dns-server,${settings.dnsServers.join(',')}`,
    `dhcp-boot=tag:ipxe,${ipxeScriptUrl(site)}`,
    `dhcp-boot=tag:bios,tag:!ipxe,${loaderFiles.bios}`,
    `dhcp-boot=tag:efi64,tag:!ipxe,${loaderFiles.shim}`,
    `dhcp-boot=tag:efihttp,tag:!ipxe,${httpBootUrl(site)}`,
    // HTTP Boot firmware takes only an offer that says HTTPClient (UEFI specification §24.7).
    'dhcp-option-force=tag:efihttp,60,HTTPClient',
    'log-dhcp',
  ];
}

function requireSameNetwork(address: string, settings: FullDhcp): void {
  const network = networkAddress(address, settings.netmask);
  for (const [setting, value] of [
    ['rangeStart', settings.rangeStart],
    ['rangeEnd', settings.rangeEnd],
  ] as const) {
    if (networkAddress(value, settings.netmask) !== network) {
      throw new OstlerError('NETWORK_BOOT_SETTING_INVALID', { setting, value, problem: `it is not in the server's network ${network}` });
    }
  }
}

/** `192.0.2.17` and `255.255.255.0` → `192.0.2.0`. */
function networkAddress(address: string, netmask: string): string {
  const mask = netmask.split('.').map(Number);
  return address
    .split('.')
    .map((part, index) => Number(part) & (mask[index] ?? 0))
    .join('.');
}

function requirePath(setting: string, value: string): string {
  return requirePattern(setting, value, /^\/[\w./+@-]*$/, 'it is not an absolute path of letters, digits and ./+@_-');
}

function requirePattern(setting: string, value: string, pattern: RegExp, problem: string): string {
  if (!pattern.test(value)) throw new OstlerError('NETWORK_BOOT_SETTING_INVALID', { setting, value, problem });
  return value;
}
