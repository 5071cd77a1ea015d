/**
 * The files of the first stage: what TFTP serves, and UEFI HTTP Boot gets under `/boot/loaders/`. shim looks for GRUB beside the path that
 * it was loaded from; GRUB looks for its start script from TFTP's root, and over HTTP from the root of the server.
 */
import { grubStartScript } from './grub-start-script.ts';
import type { SiteAddress } from './site-address.ts';

/** A file of the tree: either one of the boot image's files by name, or a text. */
export type TftpEntry = { readonly path: string; readonly bootImageFile: string } | { readonly path: string; readonly text: string };

/** The boot image's files that the first stage needs, by firmware. */
export const loaderFiles = { bios: 'undionly.kpxe', shim: 'shimx64.efi', grub: 'grubx64.efi' } as const;

export function tftpTree(site: SiteAddress): readonly TftpEntry[] {
  const loaders = Object.values(loaderFiles).map((name) => ({ path: name, bootImageFile: name }));
  return [...loaders, { path: 'grub/grub.cfg', text: grubStartScript(site) }];
}
