/** Where an image goes: the step's destination resolved to a partition of the target (feature map §2.4, Apply Operating System). */
import { OstlerError, type OperatingSystemImage, type StepOptions } from '@ostler/contract';
import type { FileSystem } from '@ostler/imaging';
import { linuxFileSystems, type TargetPartition } from '../target.ts';
import { describeExisting } from './existing-partition.ts';
import { imagingPort, type StepContext } from './step-context.ts';

type Destination = StepOptions<'apply-operating-system-image'>['destination'];
type Family = OperatingSystemImage['indexes'][number]['family'];
type Resolvers = {
  readonly [K in Destination['kind']]: (
    destination: Extract<Destination, { kind: K }>,
    context: StepContext,
    family: Family,
  ) => Promise<TargetPartition>;
};

const suitable: Readonly<Record<Family, readonly FileSystem[]>> = {
  linux: linuxFileSystems,
  windows: ['ntfs'],
  unknown: [...linuxFileSystems, 'ntfs'],
};
const usableTypes: readonly TargetPartition['type'][] = ['primary', 'logical'];

const resolvers: Resolvers = {
  'next-available-partition': async (_destination, { target, variables }, family) => {
    const free = target.partitions(variables).filter(({ use, mountPoint }) => use === 'none' && mountPoint === null);
    const first = free.find(({ type, fileSystem }) => usableTypes.includes(type) && suitable[family].includes(fileSystem));
    if (first === undefined) {
      throw new OstlerError('DESTINATION_NOT_FOUND', { problem: `no partition with ${suitable[family].join(', ')} is left` });
    }
    return first;
  },
  'disk-partition': async (destination, context) => {
    const { disk: diskIndex, partition: number } = destination;
    const known = context.target.partitions(context.variables).find((each) => each.diskIndex === diskIndex && each.number === number);
    return known ?? findOnDisks(context, { diskIndex, number });
  },
  variable: async ({ variable }, context) => {
    const path = context.variables.get(variable);
    if (path === undefined) throw new OstlerError('VARIABLE_NOT_SET', { variable, purpose: 'it should name the partition for the image' });
    const known = context.target.partitions(context.variables).find((each) => each.path === path);
    return known ?? findOnDisks(context, { path });
  },
};

/** @throws OstlerError DESTINATION_NOT_FOUND, DESTINATION_UNSUITABLE, VARIABLE_NOT_SET */
export async function resolveDestination(destination: Destination, family: Family, context: StepContext): Promise<TargetPartition> {
  // Safe: the table has, for each kind, the function that takes exactly this kind.
  const resolve = resolvers[destination.kind] as (each: Destination, context: StepContext, family: Family) => Promise<TargetPartition>;
  const partition = await resolve(destination, context, family);
  if (!suitable[family].includes(partition.fileSystem)) {
    const problem = `its file system is ${partition.fileSystem}, the image needs ${suitable[family].join(' or ')}`;
    throw new OstlerError('DESTINATION_UNSUITABLE', { path: partition.path, problem });
  }
  return partition;
}

/** A partition that this run did not make: it is taken as it is, and is not fresh. */
async function findOnDisks(
  context: StepContext,
  wanted: { readonly diskIndex: number; readonly number: number } | { readonly path: string },
): Promise<TargetPartition> {
  const port = imagingPort(context);
  for (const disk of await context.imaging.listDisks(port)) {
    const isDisk = 'path' in wanted || disk.index === wanted.diskIndex;
    const found = disk.partitions.find((each) => isDisk && ('path' in wanted ? each.path === wanted.path : each.number === wanted.number));
    if (found === undefined) continue;
    return (await describeExisting(disk, found, context)).partition;
  }
  const what = 'path' in wanted ? wanted.path : `number ${wanted.number} on disk ${wanted.diskIndex}`;
  throw new OstlerError('DESTINATION_NOT_FOUND', { problem: `there is no partition ${what}` });
}
