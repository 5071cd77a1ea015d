/**
 * The Debian packages of the boot environment, each with its reason. What they depend on comes with them;
 * prune-tree.ts takes away what no one uses.
 */
import type { BootImageOptions } from '@ostler/contract';

const packageReasons: Readonly<Record<string, string>> = {
  'linux-image-amd64': 'the stock kernel, signed for Secure Boot',
  'busybox-static': 'the whole user space of the first stage, and udhcpc',
  udev: 'finds devices and gives disks their stable names',
  kmod: 'loads drivers',
  'ca-certificates': 'https to other servers from pre-start commands and steps',
  curl: 'downloads, in both stages',
  iproute2: 'network settings',
  wimtools: 'captures and applies WIM images',
  'ntfs-3g': 'mkntfs, and NTFS for reading and writing',
  'libhivex-bin': 'edits the registry and the BCD of an installed Windows',
  fdisk: 'sfdisk writes partition tables',
  gdisk: 'sgdisk repairs and copies GPTs',
  parted: 'partprobe, and resizing',
  e2fsprogs: 'ext4',
  xfsprogs: 'xfs',
  'btrfs-progs': 'btrfs',
  'cryptsetup-bin': 'encrypted partitions',
  lvm2: 'stops volume groups on a disk that gets a new layout',
  mdadm: 'stops RAID arrays on a disk that gets a new layout',
  dosfstools: 'the EFI system partition',
  'grub2-common': 'grub-install',
  'grub-pc-bin': 'the boot loader of BIOS machines',
  'grub-efi-amd64-bin': 'the boot loader of UEFI machines',
  'grub-efi-amd64-signed': 'the same, signed; and the network boot loader',
  'shim-signed': "what Secure Boot's firmware trusts",
  'shim-helpers-amd64-signed': 'the key manager that shim starts',
  efibootmgr: "entries in the firmware's boot menu",
  dmidecode: 'make, model, serial number and asset tag',
  pciutils: 'hardware inventory and driver choice',
  tar: 'packages and archives',
  zstd: 'the same',
  'xz-utils': 'the same; and unpacks the kernel modules while building',
  ipxe: 'the network boot loader of BIOS machines',
};

/** The packages to install for these options, sorted, each once. */
export function packagesToInstall(options: Pick<BootImageOptions, 'extraPackages' | 'firmwarePackages'>): string[] {
  return [...new Set([...Object.keys(packageReasons), ...options.extraPackages, ...options.firmwarePackages])].toSorted();
}

/** Firmware is not free software in Debian's sense; its component is asked for only when needed. */
export function componentsFor(options: Pick<BootImageOptions, 'extraPackages' | 'firmwarePackages'>): string {
  return options.firmwarePackages.length > 0 ? 'main,non-free-firmware' : 'main';
}

/** One installed package. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
}

/** Parses `dpkg-query -W -f '${Package} ${Version}\n'`. */
export function parseInstalledPackages(text: string): InstalledPackage[] {
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([name, version]) => (name && version ? [{ name, version }] : []))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
