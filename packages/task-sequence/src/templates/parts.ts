/** The groups that several templates share, with the names that the field knows (feature map §4.1). */
import type { GenerateTaskSequence } from '@ostler/contract';

/** The EFI system partition: room for firmware updates and several boot loaders, also on disks with 4 KiB sectors. */
const efiPartitionMegabytes = 512;

/** Partition the disk as the firmware needs it, lay the image down, write its settings. */
export function installOperatingSystem(name: string, input: GenerateTaskSequence): object {
  return {
    type: 'group',
    name,
    steps: [
      {
        type: 'restart-computer',
        name: 'Restart in the boot environment',
        condition: { variable: '_SMSTSInWinPE', operator: 'equals', value: 'false' },
        options: { target: 'boot-image' },
      },
      partitionDisk('Partition Disk 0 – BIOS', 'notEquals', 'mbr', [rootPartition({ bootable: true })]),
      partitionDisk('Partition Disk 0 – UEFI', 'equals', 'gpt', [
        { name: 'EFI', type: 'efi', fileSystem: 'fat32', size: efiPartitionMegabytes, sizeUnits: 'MB' },
        rootPartition({}),
      ]),
      {
        type: 'apply-operating-system-image',
        name: 'Apply Operating System',
        options: { imageId: input.imageId, index: input.imageIndex },
      },
      {
        type: 'apply-os-settings',
        name: 'Apply OS Settings',
        options: {
          timeZone: input.timeZone,
          locale: input.locale,
          administrator: { name: input.administratorName, sshAuthorizedKeys: input.sshAuthorizedKeys },
        },
      },
      { type: 'apply-network-settings', name: 'Apply Network Settings', options: {} },
    ],
  };
}

/** Make the applied system start, go on in it, install packages. */
export function setupOperatingSystem(name: string, input: GenerateTaskSequence): object {
  return {
    type: 'group',
    name,
    steps: [
      { type: 'setup-operating-system', name: 'Setup Operating System', options: {} },
      ...input.packageIds.map((packageId) => ({ type: 'install-package', name: `Install Package ${packageId}`, options: { packageId } })),
    ],
  };
}

/** `_SMSTSClientCache` exists when the sequence keeps its content on the disk: then the disk must not be cleared. */
function partitionDisk(name: string, operator: 'equals' | 'notEquals', style: 'gpt' | 'mbr', partitions: readonly object[]): object {
  const condition = {
    all: [
      { variable: '_SMSTSClientCache', operator: 'notExists' },
      { variable: '_SMSTSBootUEFI', operator, value: 'true' },
    ],
  };
  return { type: 'format-and-partition-disk', name, condition, options: { disk: 0, style, partitions } };
}

function rootPartition(extra: object): object {
  return { name: 'OS', type: 'primary', fileSystem: 'ext4', size: 100, sizeUnits: 'percent', variable: 'OSPART', ...extra };
}
