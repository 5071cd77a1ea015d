/** Apply Data Image: an image's files onto a partition beside the operating system. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OstlerError } from '@ostler/contract';
import { applyImage } from './apply-image.ts';
import { resolveDestination } from './destination.ts';
import { imageOf, imagingPort, succeeded, type StepHandler } from './step-context.ts';

const keepFolder = '.ostler';

export const applyDataImage: StepHandler<'apply-data-image'> = async (options, context) => {
  const { target, variables } = context;
  const image = imageOf(context, options.imageId);
  const index = Number(variables.get('OSDDataImageIndex') ?? options.index);
  const contained = image.indexes.find((each) => each.index === index);
  if (contained === undefined) throw new OstlerError('IMAGE_INDEX_NOT_FOUND', { path: image.name, index, count: image.indexes.length });
  const partition = await resolveDestination(options.destination, contained.family, context);
  if (partition.use === 'root') {
    throw new OstlerError('DESTINATION_UNSUITABLE', { path: partition.path, problem: 'the operating system is on it' });
  }
  const mountedAt = partition.fileSystem === 'ntfs' ? null : await target.mountVolume(partition, imagingPort(context));
  const facts = await applyImage({ image, index, partition, wipe: options.wipe, mountedAt, keepFolder }, context);
  if (mountedAt !== null) await rm(join(mountedAt, keepFolder), { recursive: true, force: true });
  const mountPoint = variables.expand(options.mountPoint);
  target.update(variables, { ...partition, fresh: false, use: 'data', mountPoint: mountPoint === '' ? null : mountPoint });
  return succeeded(`${image.name} (${contained.name}) on ${partition.path}`, {
    ...facts,
    image: image.name,
    imageBytes: contained.sizeBytes,
  });
};
