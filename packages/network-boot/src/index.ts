/** Network boot as text: dnsmasq's configuration, the TFTP tree, GRUB's and iPXE's scripts. Nothing here touches a disk or a network. */
export { type BootDecision, type BootEnvironment } from './boot-decision.ts';
export { dhcpServerInstructions, type DhcpServerInstruction } from './dhcp-server-instructions.ts';
export { dnsmasqConfiguration, type DhcpSettings, type DnsmasqPlaces, type FullDhcp } from './dnsmasq-configuration.ts';
export { grubScript } from './grub-script.ts';
export { grubStartScript } from './grub-start-script.ts';
export { ipxeScript } from './ipxe-script.ts';
export { loaderFiles, tftpTree, type TftpEntry } from './tftp-tree.ts';
export { siteAddress, type SiteAddress } from './site-address.ts';
