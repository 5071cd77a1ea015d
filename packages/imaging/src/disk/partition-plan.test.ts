import { PartitionOptions } from '@ostler/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planPartitions, type PartitionLayout } from './partition-plan.ts';
import { layoutFromVariables } from './partition-variables.ts';

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;
const diskOf = (sizeBytes: number, logicalSectorBytes = 512) => ({ path: '/dev/sda', sizeBytes, logicalSectorBytes });
const parts = (...options: unknown[]) => options.map((each) => PartitionOptions.parse(each));
const percent = (size: number) => ({ size, sizeUnits: 'percent' });
const megabytes = (size: number) => ({ size, sizeUnits: 'MB' });
const gpt = (...options: unknown[]): PartitionLayout => ({ style: 'gpt', partitions: parts(...options) });
const mbr = (...options: unknown[]): PartitionLayout => ({ style: 'mbr', partitions: parts(...options) });

describe('placing partitions', () => {
  test('the usual Windows layout gets its types, attributes and aligned sectors', () => {
    const layout = gpt(
      { type: 'efi', ...megabytes(300) },
      { type: 'msr', ...megabytes(16) },
      { fileSystem: 'ntfs', ...percent(99) },
      { type: 'recovery', fileSystem: 'ntfs', ...percent(100) },
    );

    const { partitions } = planPartitions(diskOf(100 * gibibyte), layout);

    expect(partitions.map(({ typeCode }) => typeCode.slice(0, 8))).toEqual(['C12A7328', 'E3C9E316', 'EBD0A0A2', 'DE94BBA4']);
    expect(partitions[3]?.attributes).toEqual(['RequiredPartition', 'GUID:63']);
    expect(partitions.map(({ startSector }) => startSector)).toEqual([2048, 616_448, 649_216, 207_622_144]);
    expect(partitions[3]).toMatchObject({ startSector: 207_622_144, sizeSectors: 2_091_008 });
  });

  test.each([
    ['a percentage is of what is left, not of the disk', gpt({ ...megabytes(1022) }, percent(50), percent(50)), [1022, 512, 256]],
    ['sizes in GB are 1024 MB', gpt({ size: 0.5, sizeUnits: 'GB' }), [512]],
    ['a fixed size rounds up to whole MB', gpt({ ...megabytes(10.2) }), [11]],
  ])('%s', (_name, layout, sizes) => {
    const { partitions } = planPartitions(diskOf(2048 * mebibyte), layout);

    expect(partitions.map(({ sizeBytes }) => sizeBytes / mebibyte)).toEqual(sizes);
  });

  test.each([
    ['four partitions on MBR are all', mbr(...Array.from({ length: 5 }, () => megabytes(10))), /Partition 5 .*room for four/],
    [
      'two extended partitions',
      mbr({ type: 'extended', ...megabytes(50) }, { type: 'extended', ...megabytes(50) }),
      /one extended partition/,
    ],
    ['a logical partition alone', mbr({ type: 'logical', ...megabytes(50) }), /needs an extended one before it/],
    ['a logical partition on GPT', gpt({ type: 'logical', ...megabytes(50) }), /type logical does not exist on a GPT disk/],
    ['an MSR on MBR', mbr({ type: 'msr', ...megabytes(16) }), /type msr does not exist on an MBR disk/],
    [
      'two bootable partitions on MBR',
      mbr({ ...megabytes(10), bootable: true }, { ...megabytes(10), bootable: true }),
      /bootable one already/,
    ],
    ['more than 100 percent', gpt(percent(101)), /101 percent/],
    ['a file system that does not fit', gpt({ fileSystem: 'xfs', ...megabytes(200) }), /xfs needs at least 300 MiB/],
    [
      'a logical partition larger than the extended',
      mbr({ type: 'extended', ...megabytes(50) }, { type: 'logical', ...megabytes(50) }),
      /does not fit into the extended/,
    ],
    ['something after 100 percent', gpt(percent(100), { ...megabytes(10) }), /before it takes all the free space/],
  ])('refuses %s', (_name, layout, message) => {
    expect(() => planPartitions(diskOf(2 * gibibyte), layout)).toThrow(message);
  });

  test('MBR ends at 2 TiB', () => {
    expect(() => planPartitions(diskOf(3 * 1024 * gibibyte), mbr(percent(100)))).toThrow(/beyond 2 TiB.*\/dev\/sda/);
    expect(planPartitions(diskOf(3 * 1024 * gibibyte), mbr({ size: 2047, sizeUnits: 'GB' })).partitions).toHaveLength(1);
  });

  test('a disk that is too small is told what it lacks', () => {
    const layout = gpt({ type: 'efi', ...megabytes(300) }, { size: 20, sizeUnits: 'GB' });

    expect(() => planPartitions(diskOf(8 * gibibyte), layout)).toThrow('the layout needs at least 20.3 GiB, the disk has 8 GiB');
  });
});

const anyPartition = fc.record({
  type: fc.constantFrom('primary', 'efi', 'swap', 'msr', 'hidden', 'recovery', 'bios-boot'),
  fileSystem: fc.constantFrom('ext4', 'ntfs', 'xfs', 'fat32', 'none'),
  size: fc.double({ min: 0.1, max: 400, noNaN: true }),
  sizeUnits: fc.constantFrom('MB', 'GB', 'percent'),
});

describe('for any layout and disk', () => {
  const anyDisk = fc.record({
    sizeBytes: fc.integer({ min: 64 * mebibyte, max: 4096 * gibibyte }).map((bytes) => bytes - (bytes % 4096)),
    logicalSectorBytes: fc.constantFrom(512, 4096),
  });

  test('partitions are aligned, in order, never overlap and never reach beyond the disk; too small a disk is told a size that fits', () => {
    fc.assert(
      fc.property(anyDisk, fc.array(anyPartition, { minLength: 1, maxLength: 8 }), (disk, options) => {
        const layout = gpt(...options.map((each) => (each.sizeUnits === 'percent' ? { ...each, size: Math.min(each.size, 100) } : each)));
        const planned = plannedOrError({ path: '/dev/x', ...disk }, layout);
        if ('code' in planned) {
          expect(['DISK_TOO_SMALL', 'PARTITION_INVALID']).toContain(planned.code);
          return;
        }
        let end = mebibyte;
        for (const { startSector, sizeSectors, sizeBytes } of planned.partitions) {
          const start = startSector * disk.logicalSectorBytes;
          expect([start % mebibyte, sizeBytes % mebibyte, sizeSectors * disk.logicalSectorBytes]).toEqual([0, 0, sizeBytes]);
          expect(start).toBeGreaterThanOrEqual(end);
          expect(sizeBytes).toBeGreaterThan(0);
          end = start + sizeBytes;
        }
        expect(end).toBeLessThanOrEqual(disk.sizeBytes - 16 * 1024 - disk.logicalSectorBytes);
      }),
      { numRuns: 400 },
    );
  });

  test('a percentage takes its share of the free space, rounded down to 1 MiB', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 2, max: 4000 }), (size, gibibytes) => {
        const { partitions } = planPartitions(diskOf(gibibytes * gibibyte), gpt(percent(size), percent(100)));

        const free = gibibytes * 1024 - 2;
        expect(partitions[0]?.sizeBytes).toBe(Math.floor((free * size) / 100) * mebibyte);
        expect(partitions.reduce((sum, each) => sum + each.sizeBytes, 0)).toBe(free * mebibyte);
      }),
    );
  });
});

function plannedOrError(disk: Parameters<typeof planPartitions>[0], layout: PartitionLayout) {
  try {
    return planPartitions(disk, layout);
  } catch (error) {
    return error as { readonly code: string };
  }
}

describe('the layout from sequence variables', () => {
  const lookup = (variables: Record<string, string>) => (name: string) => variables[name];

  const own = { style: 'mbr' as const, partitions: parts({ size: 100, sizeUnits: 'percent' }), sharedStorage: 'refuse' as const };

  test('reads the array until the first gap', () => {
    const variables = {
      OSDPartitionStyle: 'GPT',
      OSDPartitions0Type: 'EFI',
      OSDPartitions0Size: '300',
      OSDPartitions1Type: 'Primary',
      OSDPartitions1FileSystem: 'NTFS',
      OSDPartitions1Size: '50',
      OSDPartitions1SizeUnits: 'Percent',
      OSDPartitions1VolumeName: 'Windows',
      OSDPartitions1Bootable: 'TRUE',
      OSDPartitions1QuickFormat: 'false',
      OSDPartitions1VolumeLetterVariable: 'OSDisk',
      OSDPartitions3Type: 'Primary',
    };

    expect(layoutFromVariables(lookup(variables), own)).toEqual({
      style: 'gpt',
      sharedStorage: 'refuse',
      partitions: [
        { name: '', type: 'efi', fileSystem: 'ext4', size: 300, sizeUnits: 'MB', bootable: false, quickFormat: true },
        {
          name: 'Windows',
          type: 'primary',
          fileSystem: 'ntfs',
          size: 50,
          sizeUnits: 'percent',
          bootable: true,
          quickFormat: false,
          variable: 'OSDisk',
        },
      ],
    });
  });

  test('is the step’s own when the array is not set, in the style that the variable names', () => {
    expect(layoutFromVariables(lookup({}), own)).toEqual(own);
    expect(layoutFromVariables(lookup({ OSDPartitionStyle: 'GPT' }), own)).toEqual({ ...own, style: 'gpt' });
  });

  test('gets an EFI system partition first where OSDGPTBootDisk asks for one and the layout has none', () => {
    const types = (variables: Record<string, string>) => layoutFromVariables(lookup(variables), own).partitions.map(({ type }) => type);

    expect(types({ OSDPartitionStyle: 'GPT', OSDGPTBootDisk: 'true' })).toEqual(['efi', 'primary']);
    expect(types({ OSDGPTBootDisk: 'true' })).toEqual(['primary']);
    expect(types({ OSDPartitionStyle: 'GPT', OSDGPTBootDisk: 'TRUE', OSDPartitions0Type: 'EFI', OSDPartitions0Size: '300' })).toEqual([
      'efi',
    ]);
  });

  test('names the variable that is wrong', () => {
    expect(() => layoutFromVariables(lookup({ OSDPartitions0Type: 'Dynamic', OSDPartitions0Size: '5' }), own)).toThrow(
      'The variable OSDPartitions0Type has the value "Dynamic"',
    );
    expect(() => layoutFromVariables(lookup({ OSDPartitions0Type: 'Primary' }), own)).toThrow('OSDPartitions0Size');
    expect(() => layoutFromVariables(lookup({ OSDPartitions0Type: 'Primary', OSDPartitions0Size: '-1' }), own)).toThrow('a number above 0');
  });
});
