/** The job of kind boot-image-build: builds what changed and takes the files into the content store as the next version. */
import { buildBootImage, hashInputs, type BootImageInputs, type BuiltBootImage } from '@ostler/boot-image';
import { BootImageOptions, type ContentRef } from '@ostler/contract';
import type { ContentStore } from '../content/content-store.ts';
import type { JobContext, JobPayloads } from '../jobs/job-handlers.ts';
import type { BootImageStore } from './boot-image-store.ts';

export interface BuildDependencies {
  readonly bootImages: BootImageStore;
  readonly content: Pick<ContentStore, 'addFile' | 'has'>;
  /** What every boot image of this site is built with. */
  readonly siteCaPem: string;
  readonly nodeBinary: string;
  readonly workDirectory: string;
  readonly cacheDirectory: string;
}

type Work = Pick<JobContext, 'signal' | 'log' | 'report'>;

export async function buildBootImageJob(payload: JobPayloads['boot-image-build'], work: Work, dependencies: BuildDependencies) {
  const { bootImages, siteCaPem, nodeBinary, workDirectory, cacheDirectory } = dependencies;
  const { signal, log, report } = work;
  const options = BootImageOptions.parse(payload.options);
  const inputs: BootImageInputs = { options, siteCaPem, nodeBinary };
  const inputsHash = await hashInputs(inputs);
  const current = await bootImages.inUse();
  if (!payload.force && current?.inputsHash === inputsHash && (await hasAll(current.files, dependencies))) {
    log.info({ bootImageId: current.id, version: current.version }, 'boot image is up to date');
    return { bootImageId: current.id, version: current.version, reused: true };
  }
  const built = await buildBootImage(inputs, { workDirectory, cacheDirectory, signal, report });
  const files = await storeFiles(built, work, dependencies);
  const image = await bootImages.add({ inputsHash, options, kernelVersion: built.kernelVersion, files });
  log.info({ bootImageId: image.id, version: image.version, kernelVersion: image.kernelVersion }, 'boot image built');
  return { bootImageId: image.id, version: image.version, reused: false };
}

async function hasAll(files: Readonly<Record<string, ContentRef>>, { content }: BuildDependencies): Promise<boolean> {
  const found = await Promise.all(Object.values(files).map(({ sha256 }) => content.has(sha256)));
  return found.every(Boolean);
}

/** Copied, not moved: the layers in the cache spare the next build. */
async function storeFiles({ files, sizes }: BuiltBootImage, { signal, report }: Work, { content }: BuildDependencies) {
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  const stored: Record<string, ContentRef> = {};
  let before = 0;
  for (const [name, path] of Object.entries(files)) {
    const done = before;
    const onBytes = (bytes: number): void => report({ activity: 'Storing the boot image', done: done + bytes, total, unit: 'bytes' });
    const ref = await content.addFile(path, { signal, onBytes });
    stored[name] = ref;
    before += ref.sizeBytes;
  }
  return stored;
}
