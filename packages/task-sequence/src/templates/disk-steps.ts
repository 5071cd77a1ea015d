/** The part of a template that lays out the disk, and what goes with its layout (feature map §4.1). */
import type { Condition, PartitionOptions } from '@ostler/contract';
import type { z } from 'zod';
import { step, type ChoicesOf, type NodeDraft } from './template.ts';

type DiskChoices = Pick<ChoicesOf<'install-existing-image'>, 'disk' | 'firmware' | 'fileSystem' | 'swapSizeMb'> &
  Partial<Pick<ChoicesOf<'install-existing-image'>, 'encryption'>>;
type Partition = z.input<typeof PartitionOptions>;

/** The EFI system partition: room for firmware updates and several boot loaders, also on disks with 4 KiB sectors. */
const efiPartitionMegabytes = 512;
/** Kernels and their initramfs stay in clear, for the boot loader. */
const bootPartitionMegabytes = 1024;
const systemVariable = 'OSPART';

/** Where {@link partitionDisk} puts the operating system when nothing but a file system is chosen. */
export const systemPartition = { bios: 1, uefi: 2 } as const;

/** One step a firmware, each for its own. */
export function partitionDisk(choices: DiskChoices): (NodeDraft | null)[] {
  const { disk, firmware } = choices;
  const efi: Partition = { name: 'EFI', type: 'efi', fileSystem: 'fat32', size: efiPartitionMegabytes, sizeUnits: 'MB' };
  const title = (kind: string): string => `Partition Disk ${disk} – ${kind}`;
  return [
    firmware === 'uefi' ? step('check-readiness', 'Check that the firmware is UEFI', { uefi: true }) : null,
    firmware === 'uefi'
      ? null
      : step('format-and-partition-disk', title('BIOS'), { disk, style: 'mbr', partitions: partitions(choices, true) }, onFirmware('bios')),
    firmware === 'bios'
      ? null
      : step(
          'format-and-partition-disk',
          title('UEFI'),
          { disk, style: 'gpt', partitions: [efi, ...partitions(choices, false)] },
          onFirmware('uefi'),
        ),
  ];
}

/** `_SMSTSClientCache` exists when the sequence keeps its content on the disk: then the disk must not be cleared. */
function onFirmware(firmware: 'bios' | 'uefi'): { readonly condition: Condition } {
  return { condition: { all: [{ variable: '_SMSTSClientCache', operator: 'notExists' }, firmwareIs(firmware)] } };
}

export function firmwareIs(firmware: 'bios' | 'uefi'): Condition {
  return { variable: '_SMSTSBootUEFI', operator: firmware === 'uefi' ? 'equals' : 'notEquals', value: 'true' };
}

function partitions({ fileSystem, swapSizeMb, encryption = 'none' }: DiskChoices, bootable: boolean): Partition[] {
  const encrypted = encryption !== 'none';
  const boot: Partition = {
    name: 'Boot',
    fileSystem: 'ext4',
    size: bootPartitionMegabytes,
    sizeUnits: 'MB',
    mountPoint: '/boot',
    bootable,
  };
  const swap: Partition = { name: 'Swap', type: 'swap', fileSystem: 'swap', size: swapSizeMb, sizeUnits: 'MB' };
  return [
    ...(encrypted ? [boot] : []),
    ...(swapSizeMb === 0 ? [] : [swap]),
    { name: 'OS', fileSystem, size: 100, sizeUnits: 'percent', variable: systemVariable, bootable: bootable && !encrypted },
  ];
}

type Encryption = ChoicesOf<'install-existing-image'>['encryption'];
const protectors = { tpm: 'tpm', 'tpm-and-pin': 'tpm-and-pin', 'recovery-key': 'none' } as const;

/** Before the image is applied: nothing is ever written in clear. */
export function preProvisionEncryption(encryption: Encryption): NodeDraft | null {
  if (encryption === 'none') return null;
  return step('pre-provision-disk-encryption', 'Pre-provision Disk Encryption', {
    destination: { kind: 'variable', variable: systemVariable },
  });
}

/** In the installed system: the key in clear goes. */
export function enableEncryption(encryption: Encryption): NodeDraft | null {
  if (encryption === 'none') return null;
  return step('enable-disk-encryption', 'Enable Disk Encryption', { protector: protectors[encryption] });
}
