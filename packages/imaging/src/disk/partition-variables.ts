/** Format and Partition Disk's layout from sequence variables: OSDPartitionStyle and the array OSDPartitionsN… (feature: Configuration Manager). */
import { FileSystem, OstlerError, PartitionType, type PartitionOptions } from '@ostler/contract';
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
 * Reads the array from OSDPartitions0Type on, until the first gap.
 * @returns undefined when there is no OSDPartitions0Type: the step's own layout then holds.
 * @throws OstlerError PARTITION_VARIABLE_INVALID naming the variable, its value and what it may be.
 */
export function layoutFromVariables(value: VariableLookup, fallbackStyle: PartitionLayout['style']): PartitionLayout | undefined {
  const partitions: PartitionOptions[] = [];
  while (value(`OSDPartitions${partitions.length}Type`) !== undefined) {
    partitions.push(readPartition(value, `OSDPartitions${partitions.length}`));
  }
  if (partitions.length === 0) return undefined;
  return { style: read(value, 'OSDPartitionStyle', Style, 'GPT or MBR') ?? fallbackStyle, partitions };
}

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
