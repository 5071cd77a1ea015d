/** Makes an operating system image of a WIM file: looked at, verified, stored, described by a row. Also exports one index again. */
import { rename, rm, stat } from 'node:fs/promises';
import { exportWimImage, readWimFile, verifyWim, type ImagingPort, type Progress as ImagingProgress, type WimFile } from '@ostler/imaging';
import { isOstlerError, OstlerError, type OperatingSystemImage, type Progress, type WimIndex } from '@ostler/contract';
import type { ContentStore } from '../content/content-store.ts';
import type { JobContext, JobPayloads } from '../jobs/job-handlers.ts';
import type { Uploads } from '../uploads/uploads.ts';
import type { ImageStore, NewImage } from './image-store.ts';

export interface ImportDependencies {
  readonly content: ContentStore;
  readonly images: ImageStore;
  readonly uploads: Pick<Uploads, 'finished' | 'remove'>;
}

/** A WIM on the server's disk, and what the image is to be called. */
export interface WimSource extends Pick<NewImage, 'name' | 'description' | 'origin' | 'madeBy'> {
  readonly path: string;
  /** What people know the file by; an upload's own name instead of where it lies. */
  readonly shownAs: string;
  /** Whether the file is ours to move into the store. */
  readonly ours: boolean;
}

type Work = Pick<JobContext, 'signal' | 'log' | 'report'>;

/** The job of kind image-import. */
export async function importImage(payload: JobPayloads['image-import'], work: Work, dependencies: ImportDependencies) {
  const { name, description, uploadId } = payload;
  const { images, uploads } = dependencies;
  const before = uploadId === null ? null : await images.findMadeBy(uploadId);
  if (before !== null) return { imageId: before.id };
  await images.refuseTaken(name);
  const upload = uploadId === null ? null : await uploads.finished('administrators', uploadId);
  const path = upload?.path ?? payload.path ?? '';
  const shownAs = upload?.fileName ?? path;
  const source: WimSource = { name, description, path, shownAs, origin: 'import', madeBy: uploadId, ours: upload !== null };
  const image = await storeImage(source, work, dependencies);
  if (upload !== null) await uploads.remove('administrators', upload.id);
  return { imageId: image.id };
}

/** Looks at the file, verifies it, stores it and adds the image. @throws OstlerError IMAGE_… naming the defect, CONTENT_DISK_FULL, ALREADY_EXISTS */
export async function storeImage(source: WimSource, work: Work, { content, images }: ImportDependencies): Promise<OperatingSystemImage> {
  const { signal, log, report } = work;
  const { name, description, origin, madeBy, path } = source;
  const wim = await namingTheFile(source, async () => {
    const file = await readWimFile(path);
    await verifyWim(path, imagingPort(work));
    return file;
  });
  const options = {
    signal,
    onBytes: (done: number, total: number): void => report({ activity: 'Storing the image', done, total, unit: 'bytes' }),
  };
  const ref = source.ours ? await content.takeFile(path, options) : await content.addFile(path, options);
  const image = await images.add({ name, description, origin, madeBy, content: ref, ...describeWim(wim) });
  log.info({ imageId: image.id, name, sha256: ref.sha256, sizeBytes: ref.sizeBytes, origin }, 'image added');
  return image;
}

/** The job of kind image-export: one index as a WIM of its own, which has its name only when it is whole. */
export async function exportImage(
  { imageId, index, path }: JobPayloads['image-export'],
  work: Work,
  { content, images }: Pick<ImportDependencies, 'content' | 'images'>,
) {
  const image = await images.get(imageId);
  if (!image.indexes.some((each) => each.index === index)) {
    throw new OstlerError('IMAGE_INDEX_NOT_FOUND', { path: image.name, index, count: image.indexes.length });
  }
  if ((await stat(path).catch(() => null)) !== null) throw new OstlerError('ALREADY_EXISTS', { kind: 'file', name: path });
  const source = await content.pathOf(image.content.sha256);
  const partial = `${path}.partial`;
  try {
    await exportWimImage({ source, index, destination: partial }, imagingPort(work));
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
  return { path, sizeBytes: (await stat(path)).size };
}

/** A job's context as the imaging library wants it. */
export function imagingPort({ signal, log, report }: Work): ImagingPort {
  return {
    signal,
    report: (progress) => report(contractProgress(progress)),
    log: (message, fields) => log.debug({ ...fields, step: message }, 'imaging'),
  };
}

export function contractProgress({ activity, done, total, unit }: ImagingProgress): Progress {
  return { activity, done, total: total === 0 ? null : total, unit: unit === 'bytes' ? 'bytes' : 'files' };
}

export function describeWim(wim: WimFile): Pick<NewImage, 'compression' | 'indexes'> {
  const indexes = wim.images.map((image): WimIndex => {
    const { index, name, languages, sizeBytes, hardLinkBytes, fileCount, family } = image;
    return {
      index,
      name,
      languages: [...languages],
      sizeBytes,
      hardLinkBytes,
      fileCount,
      family,
      description: image.description ?? '',
      edition: image.edition ?? null,
      architecture: image.architecture ?? null,
      osVersion: image.osVersion ?? null,
      createdAt: image.createdAt ?? null,
      modifiedAt: image.modifiedAt ?? null,
    };
  });
  return { compression: wim.compression, indexes };
}

/** An error that speaks of the file's place names the file as people know it. */
async function namingTheFile<T>({ path, shownAs }: WimSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isOstlerError(error) || error.details['path'] !== path) throw error;
    throw new OstlerError(error.code, { ...error.details, path: shownAs } as ConstructorParameters<typeof OstlerError>[1], {
      cause: error,
    });
  }
}
