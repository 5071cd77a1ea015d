/** Apply Operating System Image: the image's files onto the partition that will be the root of the installed system. */
import { OstlerError } from '@ostler/contract';
import { installedDirectory } from '../config.ts';
import { adoptPartitions } from './adopt-partitions.ts';
import { applyImage } from './apply-image.ts';
import { resolveDestination } from './destination.ts';
import { imageOf, imagingPort, succeeded, type StepHandler } from './step-context.ts';

export const applyOperatingSystemImage: StepHandler<'apply-operating-system-image'> = async (options, context) => {
  const { target, variables } = context;
  const image = imageOf(context, options.imageId);
  const index = Number(variables.get('OSDImageIndex') ?? options.index);
  const contained = image.indexes.find((each) => each.index === index);
  if (contained === undefined) throw new OstlerError('IMAGE_INDEX_NOT_FOUND', { path: image.name, index, count: image.indexes.length });
  const partition = await resolveDestination(options.destination, contained.family, context);
  await target.unmountAll();
  const isNtfs = partition.fileSystem === 'ntfs';
  const port = imagingPort(context);
  const mountsBelow: string[] = [];
  if (!isNtfs) {
    await target.mountRoot(partition, port, variables);
    await adoptPartitions(partition, context);
    mountsBelow.push(...(await target.mountBelowRoot(variables, port)));
  }
  const facts = await applyImage(
    {
      image,
      index,
      partition,
      wipe: true,
      mountedAt: isNtfs ? null : target.rootPath,
      mountsBelow,
      keepFolder: installedDirectory.slice(1),
    },
    context,
  );
  for (const former of target.partitions(variables).filter(({ use }) => use === 'root')) {
    target.update(variables, { ...former, use: 'none', mountPoint: null });
  }
  target.update(variables, { ...partition, fresh: false, use: 'root', mountPoint: '/' });
  variables.set('OSDTargetSystemDrive', partition.path);
  variables.set('OSDTargetSystemRoot', target.rootPath);
  if (!isNtfs) await target.mountSystem(variables, port);
  return succeeded(`${image.name} (${contained.name}) on ${partition.path}`, {
    ...facts,
    image: image.name,
    imageBytes: contained.sizeBytes,
  });
};
