/**
 * From a list of wanted partitions to exact sectors on a disk of a given size: aligned to 1 MiB, every limit checked.
 * Pure; partition-disk.ts applies the plan. Reading the OSDPartitions… variables is partition-variables.ts.
 */
import { formatBytes, OstlerError, type PartitionOptions } from '@ostler/contract';
import type { SharedStorage } from './disk-stack.ts';
import type { Disk, PartitionStyle } from './disks.ts';
import { fileSystemOf, gptAttributes, minimumBytes, typeCodes } from './partition-types.ts';

export interface PartitionLayout {
  readonly style: PartitionStyle;
  readonly partitions: readonly PartitionOptions[];
  /** For an array or volume group that also lives on another disk; `refuse` when absent. */
  readonly sharedStorage?: SharedStorage;
}

export interface PlannedPartition {
  readonly options: PartitionOptions;
  /** The number in the partition table; logical partitions of an MBR disk begin at 5. */
  readonly number: number;
  readonly startSector: number;
  readonly sizeSectors: number;
  readonly sizeBytes: number;
  /** GPT type GUID, or MBR type as two hexadecimal digits. */
  readonly typeCode: string;
  /** GPT attribute bits as sfdisk names them. */
  readonly attributes: readonly string[];
}

export interface PartitionPlan {
  readonly style: PartitionStyle;
  readonly sectorBytes: number;
  readonly partitions: readonly PlannedPartition[];
}

export type DiskGeometry = Pick<Disk, 'path' | 'sizeBytes' | 'logicalSectorBytes'>;

const mebibyte = 1024 * 1024;
/** MB and GB mean MiB and GiB, as in Configuration Manager and diskpart. */
const unitBytes = { MB: mebibyte, GB: 1024 * mebibyte } as const;
/** Sector addresses of an MBR have 32 bits. */
const mbrSectors = 2 ** 32;

/** A piece of the disk that is handed out from its start, in bytes. */
interface FreeSpace {
  cursor: number;
  readonly end: number;
}

/**
 * Places the partitions in their order. A percentage is of the space that is still free when the partition's turn comes
 * (inside the extended partition for a logical one), rounded down to 1 MiB; fixed sizes are rounded up.
 * @throws OstlerError DISK_TOO_SMALL, PARTITION_INVALID, PARTITION_BEYOND_MBR
 */
export function planPartitions(disk: DiskGeometry, layout: PartitionLayout): PartitionPlan {
  checkLayout(layout, disk);
  const whole: FreeSpace = { cursor: mebibyte, end: usableEnd(disk, layout.style) };
  let extended: FreeSpace = { cursor: 0, end: 0 };
  const numbers = { primary: 1, logical: 5 };
  const partitions: PlannedPartition[] = [];
  for (const [position, options] of layout.partitions.entries()) {
    const isLogical = options.type === 'logical';
    const space = isLogical ? extended : whole;
    // An extended boot record stands before each logical partition.
    const start = isLogical ? space.cursor + mebibyte : space.cursor;
    const sizeBytes = wantedBytes(options, Math.max(0, space.end - start));
    if (sizeBytes < requiredBytes(options, disk.logicalSectorBytes) || start + sizeBytes > space.end) {
      throw tooSmall(disk, layout, position, isLogical);
    }
    if (options.type === 'extended') extended = { cursor: start, end: start + sizeBytes };
    space.cursor = start + sizeBytes;
    const number = isLogical ? numbers.logical++ : numbers.primary++;
    partitions.push(placed(options, number, start, sizeBytes, { disk, style: layout.style }));
  }
  return { style: layout.style, sectorBytes: disk.logicalSectorBytes, partitions };
}

function placed(
  options: PartitionOptions,
  number: number,
  startBytes: number,
  sizeBytes: number,
  { disk, style }: { disk: DiskGeometry; style: PartitionStyle },
): PlannedPartition {
  const sectorBytes = disk.logicalSectorBytes;
  if (style === 'mbr' && (startBytes + sizeBytes) / sectorBytes > mbrSectors) {
    const limit = formatBytes(mbrSectors * sectorBytes);
    throw new OstlerError('PARTITION_BEYOND_MBR', { number, name: nameOf(options), limit, disk: disk.path });
  }
  return {
    options,
    number,
    startSector: startBytes / sectorBytes,
    sizeSectors: sizeBytes / sectorBytes,
    sizeBytes,
    typeCode: typeCodes[style][options.type](fileSystemOf(options)) ?? '',
    attributes: style === 'gpt' ? gptAttributesOf(options) : [],
  };
}

function gptAttributesOf(options: PartitionOptions): readonly string[] {
  const bootable = options.bootable && options.type === 'primary' ? ['LegacyBIOSBootable'] : [];
  return [...gptAttributes[options.type], ...bootable];
}

/** GPT keeps its backup at the end: 16 KiB of entries and one sector of header. */
function usableEnd(disk: DiskGeometry, style: PartitionStyle): number {
  const reserved = style === 'gpt' ? 16 * 1024 + disk.logicalSectorBytes : 0;
  return floorToMebibyte(disk.sizeBytes - reserved);
}

function wantedBytes({ size, sizeUnits }: PartitionOptions, freeBytes: number): number {
  if (sizeUnits === 'percent') return floorToMebibyte((floorToMebibyte(freeBytes) * size) / 100);
  return Math.ceil((size * unitBytes[sizeUnits]) / mebibyte) * mebibyte;
}

function floorToMebibyte(bytes: number): number {
  return Math.floor(bytes / mebibyte) * mebibyte;
}

function requiredBytes(options: PartitionOptions, sectorBytes: number): number {
  return minimumBytes(fileSystemOf(options), sectorBytes);
}

/** The disk is too small, or no disk could ever be large enough. */
function tooSmall(disk: DiskGeometry, layout: PartitionLayout, position: number, isLogical: boolean): OstlerError {
  const options = layout.partitions[position] as PartitionOptions;
  const extended = layout.partitions.find(({ type }) => type === 'extended');
  if (isLogical && extended?.sizeUnits !== 'percent') {
    return invalid(position, options, 'it does not fit into the extended partition.');
  }
  const fullBefore = layout.partitions.slice(0, position).some((each) => each.sizeUnits === 'percent' && each.size === 100);
  if (fullBefore && !isLogical && extended === undefined) {
    return invalid(position, options, 'a partition before it takes all the free space (100 percent).');
  }
  const needed = formatBytes(neededBytes(disk, layout));
  return new OstlerError('DISK_TOO_SMALL', { disk: disk.path, needed, actual: formatBytes(disk.sizeBytes) });
}

/** The least size of a disk that the layout fits on, from each partition's least size and percentage, backwards. */
function neededBytes({ logicalSectorBytes: sectorBytes }: DiskGeometry, layout: PartitionLayout): number {
  let insideExtended = 0;
  let after = 0;
  for (const options of layout.partitions.toReversed()) {
    const least = options.sizeUnits === 'percent' ? requiredBytes(options, sectorBytes) : wantedBytes(options, 0);
    if (options.type === 'logical') {
      insideExtended = leastSpace(options, least, insideExtended) + mebibyte;
    } else {
      const size = options.type === 'extended' ? Math.max(least, insideExtended) : least;
      after = leastSpace(options, size, after);
    }
  }
  return after + (layout.style === 'gpt' ? 2 : 1) * mebibyte;
}

/** The least free space at a partition's turn, so that it gets `leastBytes` and `afterBytes` are left. */
function leastSpace(options: PartitionOptions, leastBytes: number, afterBytes: number): number {
  if (options.sizeUnits !== 'percent') return leastBytes + afterBytes;
  const forItself = (leastBytes * 100) / options.size;
  const forTheRest = options.size < 100 ? (afterBytes * 100) / (100 - options.size) : 0;
  return Math.ceil(Math.max(forItself, forTheRest, leastBytes + afterBytes) / mebibyte) * mebibyte;
}

function checkLayout({ style, partitions }: PartitionLayout, disk: DiskGeometry): void {
  const primaries = partitions.filter(({ type }) => type !== 'logical');
  for (const [position, options] of partitions.entries()) {
    const before = partitions.slice(0, position);
    const problem = problemOf(options, style, before) ?? sizeProblemOf(options, disk.logicalSectorBytes);
    if (problem !== undefined) throw invalid(position, options, problem);
    if (style === 'mbr' && options === primaries[4]) {
      throw invalid(position, options, 'an MBR partition table has room for four; use an extended partition with logical ones, or GPT.');
    }
  }
}

function problemOf(options: PartitionOptions, style: PartitionStyle, before: readonly PartitionOptions[]): string | undefined {
  const { type } = options;
  if (typeCodes[style][type](fileSystemOf(options)) === undefined) {
    return `the type ${type} does not exist on ${style === 'gpt' ? 'a GPT' : 'an MBR'} disk.`;
  }
  if (type === 'extended' && before.some((each) => each.type === 'extended')) return 'a disk has one extended partition at most.';
  if (type === 'logical' && !before.some((each) => each.type === 'extended')) return 'a logical partition needs an extended one before it.';
  if (style === 'mbr' && options.bootable && before.some(({ bootable }) => bootable))
    return 'another partition is the bootable one already.';
  return undefined;
}

function sizeProblemOf(options: PartitionOptions, sectorBytes: number): string | undefined {
  const { size, sizeUnits } = options;
  if (!Number.isFinite(size) || size <= 0) return `its size is ${size}.`;
  if (sizeUnits === 'percent') return size > 100 ? `its size is ${size} percent.` : undefined;
  const least = requiredBytes(options, sectorBytes);
  return wantedBytes(options, 0) < least ? `${fileSystemOf(options)} needs at least ${formatBytes(least)}.` : undefined;
}

function nameOf(options: PartitionOptions): string {
  return options.name || options.type;
}

function invalid(position: number, options: PartitionOptions, problem: string): OstlerError {
  return new OstlerError('PARTITION_INVALID', { number: position + 1, name: nameOf(options), problem });
}
