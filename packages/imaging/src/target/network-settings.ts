/** Apply Network Settings: adapters, addresses and name servers of an applied Linux tree. */
import type { ImagingPort } from '../port.ts';

export interface AdapterSettings {
  /** Which adapter: by MAC address, by interface name, or by position among the tree's adapters (from 0, as OSDAdapterNIndex). */
  readonly match: { readonly mac: string } | { readonly name: string };
  readonly dhcp: boolean;
  /** With prefix length, such as 192.0.2.10/24; both families. */
  readonly addresses?: readonly string[];
  readonly gateways?: readonly string[];
  readonly dnsServers?: readonly string[];
  readonly searchDomains?: readonly string[];
}

export interface NetworkSettings {
  /** Empty: every wired adapter by DHCP. */
  readonly adapters: readonly AdapterSettings[];
}

export type NetworkStack = 'netplan' | 'network-manager' | 'systemd-networkd' | 'ifupdown';

export interface NetworkReport {
  readonly stack: NetworkStack;
  /** Paths inside the tree. */
  readonly files: readonly string[];
}

export declare function applyNetworkSettings(root: string, settings: NetworkSettings, port: ImagingPort): Promise<NetworkReport>;
