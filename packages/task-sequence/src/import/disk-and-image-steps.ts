/** Disks and images: partitions, applying, setting up, capturing. Property names: the SDK's action classes. */
import { VariableName, type PartitionOptions } from '@ostler/contract';
import type { z } from 'zod';
import { lost, numberOf, type Conversion, type Conversions, type Convert, type Draft } from './draft.ts';
import type { OriginalStep } from './original.ts';

export const diskAndImageSteps = {
  SMS_TaskSequence_PartitionDiskAction: (step) => partitionDisk(step),
  SMS_TaskSequence_ApplyOperatingSystemAction: (step, site) => applyOperatingSystem(step, site, 'ImagePackageID'),
  BDD_InstallOS: (step, site) => applyOperatingSystem(step, site, 'OSGUID'),
  SMS_TaskSequence_ApplyDataImageAction: (step, site) => applyDataImage(step, site),
  SMS_TaskSequence_SetupWindowsAndSMSAction: (step) => ({
    draft: { type: 'setup-operating-system', options: {} },
    notes: lost(step, { ClientPackageID: 'no Configuration Manager client is installed' }),
  }),
  SMS_TaskSequence_PrepareOSAction: (step) => ({
    draft: {
      type: 'prepare-windows-for-capture',
      options: { keepActivation: step.isTrue('KeepActivation'), shutDown: step.isTrue('ShutdownPreparedOs') },
    },
    notes: lost(step, { BuildStorageDriverList: 'no list of mass storage drivers is built' }),
  }),
  SMS_TaskSequence_CaptureSystemImageAction: (step) => captureImage(step),
} as const satisfies Readonly<Record<string, Convert>>;

type Partition = z.input<typeof PartitionOptions>;
const partitionTypes: Readonly<Record<string, Partition['type']>> = {
  primary: 'primary',
  extended: 'extended',
  logical: 'logical',
  hidden: 'hidden',
  efi: 'efi',
  msr: 'msr',
  recovery: 'recovery',
};
const fileSystems: Readonly<Record<string, Partition['fileSystem']>> = { ntfs: 'ntfs', fat32: 'fat32' };
const sizeUnits: Readonly<Record<string, Partition['sizeUnits']>> = { mb: 'MB', gb: 'GB', percent: 'percent' };

function partitionDisk(step: OriginalStep): Conversion | undefined {
  const style = step.value('PartitionStyle').toLowerCase();
  const count = numberOf(step, 'Partitions') ?? 0;
  const partitions = Array.from({ length: Math.min(count, 128) }, (_none, index) => partitionOf(step, index));
  const known = partitions.filter((partition) => partition !== undefined);
  if ((style !== 'gpt' && style !== 'mbr') || known.length === 0 || known.length < count) return undefined;
  return {
    draft: { type: 'format-and-partition-disk', options: { disk: numberOf(step, 'DiskIndex') ?? 0, style, partitions: known } },
    notes: lost(step, {
      DiskIndexVariable: 'the disk is given by its number, not by a variable',
      DiskpartBiosCompatibilityMode: 'partitions are always aligned',
    }),
  };
}

function partitionOf(step: OriginalStep, index: number): Partition | undefined {
  const value = (property: string): string => step.value(`Partitions${index}${property}`);
  const type = partitionTypes[value('Type').toLowerCase()];
  const units = sizeUnits[value('SizeUnits').toLowerCase()];
  const size = Number(value('Size'));
  if (type === undefined || units === undefined || !(size > 0)) return undefined;
  const variable = VariableName.safeParse(value('VolumeLetterVariable'));
  return {
    name: value('VolumeName').slice(0, 36),
    type,
    fileSystem: fileSystems[value('FileSystem').toLowerCase()] ?? 'none',
    size,
    sizeUnits: units,
    bootable: value('Bootable').toLowerCase() === 'true',
    quickFormat: value('QuickFormat').toLowerCase() !== 'false',
    ...(variable.success ? { variable: variable.data } : {}),
  };
}

function applyOperatingSystem(step: OriginalStep, site: Conversions, property: string): Conversion | undefined {
  const originalId = step.value(property);
  // A scripted installation from setup files has no counterpart.
  if (originalId === '') return undefined;
  const { id, obstacles } = site.reference('operating system image', originalId);
  return {
    draft: { type: 'apply-operating-system-image', options: { imageId: id, index: imageIndex(step), destination: destinationOf(step) } },
    notes: lost(step, {
      ConfigFileName: 'the answer file is not taken over',
      RunFromNet: 'content is always downloaded and verified',
      DestinationLogicalDrive: 'the drive letter of the destination is not known here: the next free partition is used',
    }),
    obstacles,
  };
}

function applyDataImage(step: OriginalStep, site: Conversions): Conversion | undefined {
  const originalId = step.value('ImagePackageID');
  if (originalId === '') return undefined;
  const { id, obstacles } = site.reference('image', originalId);
  const options = {
    imageId: id,
    index: imageIndex(step),
    destination: destinationOf(step),
    wipe: step.value('WipeDestinationPartition').toLowerCase() !== 'false',
  };
  return { draft: { type: 'apply-data-image', options }, obstacles };
}

function imageIndex(step: OriginalStep): number {
  return Math.max(1, numberOf(step, 'ImageIndex') ?? 1);
}

type Destination = NonNullable<Extract<Draft, { type: 'apply-operating-system-image' }>['options']['destination']>;

function destinationOf(step: OriginalStep): Destination {
  const variable = VariableName.safeParse(step.value('DestinationVariable'));
  if (variable.success) return { kind: 'variable', variable: variable.data };
  const disk = numberOf(step, 'DestinationDisk');
  const partition = numberOf(step, 'DestinationPartition');
  if (disk === undefined || partition === undefined || partition === 0) return { kind: 'next-available-partition' };
  return { kind: 'disk-partition', disk, partition };
}

function captureImage(step: OriginalStep): Conversion {
  const file = step.value('CaptureDestination').split(/[/\\]/).at(-1) ?? '';
  const imageName = file.replace(/\.wim$/i, '') || 'Captured image';
  return {
    draft: { type: 'capture-operating-system-image', options: { imageName, description: step.value('ImageDescription') } },
    notes: [
      `the image is stored on the site, as ${imageName}, instead of on a share`,
      ...lost(step, { CaptureUsername: 'no account is needed for it' }),
    ],
  };
}
