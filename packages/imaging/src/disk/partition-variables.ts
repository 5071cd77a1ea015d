/** Format and Partition Disk's layout from sequence variables: OSDPartitionStyle and the array OSDPartitionsN… (feature map §3.2). */
import { FileSystem, OstlerError, PartitionOptions, PartitionType } from '@ostler/contract';
import { z } from 'zod';
import type { PartitionLayout } from './partition-plan.ts';

/** The value of a sequence variable; names are case-insensitive on the caller's side. */
export type VariableLookup = (name: string) => string | undefined;

const lower = z.string().trim().toLowerCase();
const Style = lower.pipe(z.enum(['gpt', 'mbr']));
const Type = lower.pipe(PartitionType);
const Boolean_ = lower.pipe(z.enum(['true', 'false'])).transform((text) => text === 'true');
const Size = z.string().trim().transform(Number).pipe(z.number().positive());
const Units = lower.transform((text) => (text === 'percent' ? text : text.toUpperCase())).pipe(z.enum(['MB', 'GB', 'percent']));
const Name = z.string().max(36);
const FileSystemName = lower.pipe(FileSystem);

/**
 * The step's layout, as the variables change it. The array, from OSDPartitions0Type on until the first gap, takes the place of
 * the step's partitions; OSDPartitionStyle alone changes the style; OSDGPTBootDisk adds an EFI system partition where there is none.
 * @throws OstlerError PARTITION_VARIABLE_INVALID naming the variable, its value and what it may be.
 */
export function layoutFromVariables(value: VariableLookup, own: PartitionLayout): PartitionLayout {
  const fromArray: PartitionOptions[] = [];
  while (value(`OSDPartitions${fromArray.length}Type`) !== undefined) {
    fromArray.push(readPartition(value, `OSDPartitions${fromArray.length}`));
  }
  const style = read(value, 'OSDPartitionStyle', Style, 'GPT or MBR') ?? own.style;
  const partitions = fromArray.length === 0 ? own.partitions : fromArray;
  const isBootDisk = read(value, 'OSDGPTBootDisk', Boolean_, 'TRUE or FALSE') ?? false;
  const lacksBoot = isBootDisk && style === 'gpt' && !partitions.some(({ type }) => type === 'efi');
  return { ...own, style, partitions: lacksBoot ? [efiPartition, ...partitions] : partitions };
}

const efiPartition = PartitionOptions.parse({ name: 'EFI', type: 'efi', size: 512, sizeUnits: 'MB' });

function readPartition(value: VariableLookup, base: string): PartitionOptions {
  const field = <T>(name: string, schema: z.ZodType<T>, expected: string): T | undefined => read(value, base + name, schema, expected);
  const size = field('Size', Size, 'a number above 0');
  if (size === undefined) throw invalid(`${base}Size`, '', 'a number above 0');
  const variable = value(`${base}VolumeLetterVariable`);
  return {
    name: field('VolumeName', Name, 'at most 36 characters') ?? '',
    type: field('Type', Type, `one of ${PartitionType.options.join(', ')}`) ?? 'primary',
    fileSystem: field('FileSystem', FileSystemName, `one of ${FileSystem.options.join(', ')}`) ?? 'ext4',
    size,
    sizeUnits: field('SizeUnits', Units, 'MB, GB or Percent') ?? 'MB',
    bootable: field('Bootable', Boolean_, 'TRUE or FALSE') ?? false,
    quickFormat: field('QuickFormat', Boolean_, 'TRUE or FALSE') ?? true,
    ...(variable === undefined || variable === '' ? {} : { variable }),
  };
}

function read<T>(value: VariableLookup, variable: string, schema: z.ZodType<T>, expected: string): T | undefined {
  const text = value(variable);
  if (text === undefined || text.trim() === '') return undefined;
  const parsed = schema.safeParse(text);
  if (!parsed.success) throw invalid(variable, text, expected);
  return parsed.data;
}

function invalid(variable: string, value: string, expected: string): OstlerError {
  return new OstlerError('PARTITION_VARIABLE_INVALID', { variable, value, expected });
}
