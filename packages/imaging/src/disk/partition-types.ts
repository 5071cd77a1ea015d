/** What each type of partition is called in a GPT and in an MBR, and what each file system needs. Facts only. */
import type { PartitionOptions } from '@ostler/contract';
import type { PartitionStyle } from './disks.ts';

export type PartitionType = PartitionOptions['type'];
export type FileSystem = PartitionOptions['fileSystem'];

/** A partition's type code: a GPT type GUID, or an MBR type byte in hexadecimal; undefined where the style has no such type. */
type TypeCode = (fileSystem: FileSystem) => string | undefined;

const basicData = 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7';
const linuxData = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';
const linuxSwap = '0657FD6D-A4AB-43C4-84E5-0933C84B4F4F';

const gptData: Readonly<Record<FileSystem, string>> = {
  ext4: linuxData,
  xfs: linuxData,
  btrfs: linuxData,
  none: linuxData,
  swap: linuxSwap,
  fat32: basicData,
  ntfs: basicData,
};
const mbrData: Readonly<Record<FileSystem, string>> = {
  ext4: '83',
  xfs: '83',
  btrfs: '83',
  none: '83',
  swap: '82',
  fat32: '0c',
  ntfs: '07',
};
const mbrHidden: Readonly<Record<FileSystem, string>> = { ...mbrData, fat32: '1c', ntfs: '17' };

/** GPT: UEFI 2.10 §5.3 and the Discoverable Partitions Specification; Windows' types and attributes: Microsoft, "GPT disks". */
export const typeCodes: Readonly<Record<PartitionStyle, Readonly<Record<PartitionType, TypeCode>>>> = {
  gpt: {
    primary: (fileSystem) => gptData[fileSystem],
    hidden: (fileSystem) => gptData[fileSystem],
    swap: () => linuxSwap,
    efi: () => 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
    msr: () => 'E3C9E316-0B5C-4DB8-817D-F92DF00215AE',
    recovery: () => 'DE94BBA4-06D1-4D40-A16A-BFD50179D6AC',
    'bios-boot': () => '21686148-6449-6E6F-744E-656564454649',
    extended: () => undefined,
    logical: () => undefined,
  },
  mbr: {
    primary: (fileSystem) => mbrData[fileSystem],
    logical: (fileSystem) => mbrData[fileSystem],
    hidden: (fileSystem) => mbrHidden[fileSystem],
    swap: () => '82',
    efi: () => 'ef',
    recovery: () => '27',
    extended: () => '0f',
    msr: () => undefined,
    'bios-boot': () => undefined,
  },
};

/** GPT attribute bits by sfdisk's names. Recovery is 0x8000000000000001: required by the platform, no drive letter. */
export const gptAttributes: Readonly<Record<PartitionType, readonly string[]>> = {
  primary: [],
  logical: [],
  extended: [],
  swap: [],
  efi: [],
  msr: [],
  'bios-boot': [],
  recovery: ['RequiredPartition', 'GUID:63'],
  hidden: ['GUID:62', 'GUID:63'],
};

/** The types whose content does not depend on the layout's choice: the firmware or the format fixes it. */
const fixedFileSystems: Readonly<Partial<Record<PartitionType, FileSystem>>> = {
  efi: 'fat32',
  swap: 'swap',
  extended: 'none',
  msr: 'none',
  'bios-boot': 'none',
};

/** The file system that a partition gets. */
export function fileSystemOf(options: Pick<PartitionOptions, 'type' | 'fileSystem'>): FileSystem {
  return fixedFileSystems[options.type] ?? options.fileSystem;
}

const mebibyte = 1024 * 1024;

/**
 * The smallest size that mkfs accepts, with some room. FAT32 needs 65 525 clusters: 33 MiB with sectors of 512 bytes,
 * 260 MiB with sectors of 4096.
 */
export function minimumBytes(fileSystem: FileSystem, sectorBytes: number): number {
  const megabytes: Readonly<Record<FileSystem, number>> = {
    ext4: 8,
    xfs: 300,
    btrfs: 128,
    ntfs: 8,
    swap: 1,
    none: 1,
    fat32: sectorBytes > 512 ? 260 : 34,
  };
  return megabytes[fileSystem] * mebibyte;
}

/** The longest label of each file system, in bytes. */
export const labelBytes: Readonly<Record<FileSystem, number>> = { ext4: 16, xfs: 12, btrfs: 255, fat32: 11, ntfs: 32, swap: 15, none: 0 };
