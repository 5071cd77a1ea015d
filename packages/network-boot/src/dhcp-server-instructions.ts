/** What to put into an existing DHCP server when the site runs none of its own: one line for each kind of firmware. */
import type { SiteAddress } from './site-address.ts';
import { loaderFiles } from './tftp-tree.ts';

export interface DhcpServerInstruction {
  readonly firmware: string;
  readonly option: string;
  readonly value: string;
}

/** iPXE fills in the address of the adapter it boots from and the SMBIOS UUID itself (ipxe.org/cfg). */
export function ipxeScriptUrl(site: SiteAddress): string {
  return `${site.filesUrl}/boot/ipxe/\${netX/mac:hexhyp}/\${uuid}`;
}

export function httpBootUrl(site: SiteAddress): string {
  return `${site.filesUrl}/boot/loaders/${loaderFiles.shim}`;
}

/** Option numbers: RFC 2132 §9.4, §9.5 (66, 67), §9.13 (60); architectures: RFC 4578 §2.1 and IANA's list (93); RFC 3004 (77). */
export function dhcpServerInstructions(site: SiteAddress): readonly DhcpServerInstruction[] {
  const bios = 'BIOS (option 93 is 0)';
  const ipxe = 'iPXE (option 77 is iPXE), wins over the other lines';
  const uefi = 'UEFI x64 (option 93 is 7 or 9)';
  const http = 'UEFI HTTP Boot x64 (option 93 is 16, option 60 begins with HTTPClient)';
  const tftpServer = '66 and next-server (siaddr): TFTP server';
  const fileName = '67 and file: boot file name';
  return [
    { firmware: bios, option: tftpServer, value: site.address },
    { firmware: bios, option: fileName, value: loaderFiles.bios },
    { firmware: ipxe, option: fileName, value: ipxeScriptUrl(site) },
    { firmware: uefi, option: tftpServer, value: site.address },
    { firmware: uefi, option: fileName, value: loaderFiles.shim },
    { firmware: http, option: '60: vendor class', value: 'HTTPClient' },
    { firmware: http, option: fileName, value: httpBootUrl(site) },
  ];
}
