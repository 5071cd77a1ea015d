/** A partition that this run did not make, as the target describes partitions: what it holds is read from it. */
import type { Disk, DiskPartition, FileSystem, FstabEntry, PartitionType, Signatures } from '@ostler/imaging';
import type { TargetPartition } from '../target.ts';
import { imagingPort, type StepContext } from './step-context.ts';

export interface ExistingPartition {
  readonly partition: TargetPartition;
  readonly signatures: Signatures;
}

/** By blkid's names. */
const fileSystems: Readonly<Record<string, FileSystem>> = {
  ext4: 'ext4',
  xfs: 'xfs',
  btrfs: 'btrfs',
  ntfs: 'ntfs',
  vfat: 'fat32',
  swap: 'swap',
};

/** UEFI 2.10 §5.3.3 and §5.2.2: an EFI system partition in a GPT, and in an MBR. */
const efiTypes: readonly (string | undefined)[] = ['c12a7328-f81f-11d2-ba4b-00a0c93ec93b', '0xef'];

/** Nothing is assumed of its use: it is not mounted anywhere, and not fresh. */
export async function describeExisting(
  disk: Pick<Disk, 'path' | 'index'>,
  { path, number }: DiskPartition,
  { imaging, signal }: Pick<StepContext, 'imaging' | 'signal'>,
): Promise<ExistingPartition> {
  const signatures = await imaging.probeDevice(path, signal);
  const fileSystem = fileSystems[signatures.TYPE ?? ''] ?? 'none';
  const partition: TargetPartition = {
    disk: disk.path,
    diskIndex: disk.index ?? null,
    number,
    path,
    partUuid: signatures.PART_ENTRY_UUID ?? null,
    uuid: signatures.UUID ?? null,
    type: typeOf(fileSystem, signatures),
    fileSystem,
    fresh: false,
    use: 'none',
    mountPoint: null,
    encryption: null,
  };
  return { partition, signatures };
}

function typeOf(fileSystem: FileSystem, { PART_ENTRY_TYPE }: Signatures): PartitionType {
  if (efiTypes.includes(PART_ENTRY_TYPE)) return 'efi';
  return fileSystem === 'swap' ? 'swap' : 'primary';
}

const tags: Readonly<Record<string, keyof Signatures>> = {
  UUID: 'UUID',
  LABEL: 'LABEL',
  PARTUUID: 'PART_ENTRY_UUID',
  PARTLABEL: 'PART_ENTRY_NAME',
};
const links: Readonly<Record<string, string>> = {
  'by-uuid': 'UUID',
  'by-label': 'LABEL',
  'by-partuuid': 'PARTUUID',
  'by-partlabel': 'PARTLABEL',
};

/**
 * The partition that a line of fstab means; undefined for none, and where two have the same label or id. A name such as /dev/sda2 says nothing:
 * the boot environment may count the disks otherwise.
 */
export function namedBy({ source }: FstabEntry, existing: readonly ExistingPartition[]): ExistingPartition | undefined {
  const [, folder = '', name = ''] = /^\/dev\/disk\/([^/]+)\/(.+)$/.exec(source) ?? [];
  const [, tag = links[folder] ?? '', value = name] = /^([A-Z]+)="?([^"]*)"?$/.exec(source) ?? [];
  const field = tags[tag];
  if (field === undefined || value === '') return undefined;
  const named = existing.filter(({ signatures }) => signatures[field]?.toLowerCase() === value.toLowerCase());
  return named.length === 1 ? named[0] : undefined;
}

/** Every partition of the disks that are not removable, in their order. */
export async function listExisting(context: StepContext): Promise<ExistingPartition[]> {
  const disks = await context.imaging.listDisks(imagingPort(context));
  const parts = disks.filter(({ removable }) => !removable).flatMap((disk) => disk.partitions.map((part) => ({ disk, part })));
  return Promise.all(parts.map(({ disk, part }) => describeExisting(disk, part, context)));
}
