/** Where machines reach the site during network boot. Every script and configuration is made from it. */
import { OstlerError } from '@ostler/contract';

export interface SiteAddress {
  /** The server's IPv4 address on the boot network: firmware resolves no names. */
  readonly address: string;
  /** Plain HTTP, without a slash at the end: `http://192.0.2.1:8080`. */
  readonly filesUrl: string;
  /** HTTPS, by the name that the server's certificate has, without a slash at the end: `https://ostler.example:8443`. */
  readonly serverUrl: string;
  /** `192.0.2.1:8080`, as GRUB's `(http,…)` device wants it. */
  readonly filesHost: string;
}

/** @throws OstlerError NETWORK_BOOT_SETTING_INVALID when the address is not IPv4, or the name is none. */
export function siteAddress(
  address: string,
  site: { readonly name: string; readonly httpPort: number; readonly httpsPort: number },
): SiteAddress {
  requireIpv4('siteAddress', address);
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(site.name)) {
    throw new OstlerError('NETWORK_BOOT_SETTING_INVALID', { setting: 'siteAddress', value: site.name, problem: 'it is not a host name' });
  }
  return {
    address,
    filesUrl: `http://${address}:${site.httpPort}`,
    serverUrl: `https://${site.name}:${site.httpsPort}`,
    filesHost: `${address}:${site.httpPort}`,
  };
}

/** Dotted quad, each part 0 to 255. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

export function requireIpv4(setting: string, value: string): void {
  if (!isIpv4(value)) throw new OstlerError('NETWORK_BOOT_SETTING_INVALID', { setting, value, problem: 'it is not an IPv4 address' });
}
