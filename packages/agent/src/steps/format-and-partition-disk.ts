/** Format and Partition Disk: one disk gets a new layout, and the run's variables its partitions (feature map §3.2). */
import { OstlerError, type StepOptions } from '@ostler/contract';
import { layoutFromVariables, type CreatedPartition, type Disk, type PartitionLayout } from '@ostler/imaging';
import type { VariableScope } from '@ostler/task-sequence';
import type { TargetPartition } from '../target.ts';
import { imagingPort, succeeded, type StepHandler } from './step-context.ts';

export const formatAndPartitionDisk: StepHandler<'format-and-partition-disk'> = async (options, context) => {
  const { variables, target, imaging, log } = context;
  const port = imagingPort(context);
  await target.unmountAll();
  const disks = await imaging.listDisks(port);
  const disk = await imaging.chooseDisk(disks, { index: diskIndexOf(variables.get('OSDDiskIndex'), options.disk) });
  const layout = layoutOf(options, variables);
  log.info({ disk: disk.path, model: disk.model, sizeBytes: disk.sizeBytes, style: layout.style }, 'partitioning the disk');
  const created = await imaging.partitionDisk(disk, layout, port);
  target.replaceDisk(
    variables,
    disk.path,
    created.map((partition) => targetPartition(disk, partition)),
  );
  for (const { variable, path } of created) {
    if (variable !== undefined) variables.set(variable, path);
  }
  const lines = created.map(({ path, fileSystem, sizeBytes }) => `${path} ${fileSystem} ${Math.round(sizeBytes / 1024 / 1024)} MiB`);
  return succeeded([`${disk.path} ${layout.style}`, ...lines].join('\n'), { disk: disk.path, partitions: created.length });
};

function diskIndexOf(variable: string | undefined, fallback: number): number {
  if (variable === undefined) return fallback;
  if (!/^\d{1,3}$/.test(variable)) {
    throw new OstlerError('PARTITION_VARIABLE_INVALID', {
      variable: 'OSDDiskIndex',
      value: variable,
      expected: 'the number of a disk, from 0',
    });
  }
  return Number(variable);
}

/** The array variables win over the step's own layout; OSDPartitionStyle alone changes the style, OSDGPTBootDisk adds what UEFI starts from. */
function layoutOf(
  { style, partitions, sharedStorage }: StepOptions<'format-and-partition-disk'>,
  variables: VariableScope,
): PartitionLayout {
  const named = partitions.map((partition) => ({ ...partition, name: variables.expand(partition.name) }));
  return layoutFromVariables((name) => variables.get(name), { style, partitions: named, sharedStorage });
}

function targetPartition(disk: Disk, partition: CreatedPartition): TargetPartition {
  const { number, path, partUuid, uuid, type, fileSystem, mountSuggestion } = partition;
  return {
    disk: disk.path,
    diskIndex: disk.index ?? null,
    number,
    path,
    partUuid: partUuid ?? null,
    uuid: uuid ?? null,
    type,
    fileSystem,
    fresh: true,
    use: 'none',
    // The root is what an image is applied to: until then it is only the first choice.
    mountPoint: mountSuggestion === '/' ? null : (mountSuggestion ?? null),
    encryption: null,
  };
}
