/**
 * Applies one image of a WIM to a partition: staged as a verified file, then applied. What *Apply Operating System Image* and
 * *Apply Data Image* share. A marker on the volume tells a complete apply from one that was cut short.
 */
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { freeBytes } from '@ostler/content';
import { formatBytes, OstlerError, type ContentRef, type OperatingSystemImage } from '@ostler/contract';
import { z } from 'zod';
import { writeFileAtomically } from '../atomic-file.ts';
import { currentPath, type TargetPartition } from '../target.ts';
import { chooseStaging } from './staging.ts';
import { imagingPort, transferPort, type StepContext } from './step-context.ts';

export interface ApplyRequest {
  readonly image: OperatingSystemImage;
  readonly index: number;
  readonly partition: TargetPartition;
  /** Whether what is on a partition that was not formatted in this run goes away first. */
  readonly wipe: boolean;
  /** Where the partition is mounted; null for NTFS, which is written without being mounted. */
  readonly mountedAt: string | null;
  /** Other volumes mounted inside it that the image's files go to as well: they are emptied, but stay mounted. */
  readonly mountsBelow?: readonly string[];
  /** A folder inside the volume that the image does not touch: staging, marker, journal. */
  readonly keepFolder: string;
}

export type ApplyFacts = Readonly<Record<string, number>>;

const Marker = z.object({
  runId: z.string(),
  step: z.string(),
  sha256: z.string(),
  index: z.number(),
  state: z.enum(['applying', 'applied']),
});
type Marker = z.output<typeof Marker>;

/** In the folder that the image does not touch. The system's is there until Setup Operating System: before that the disk does not start. */
export function applyMarkerPath(keepPath: string): string {
  return join(keepPath, 'applied.json');
}

/** @throws OstlerError IMAGE_TARGET_TOO_SMALL before anything is transferred; those of staging, download and imaging. Settles when every byte is on the disk. */
export async function applyImage(request: ApplyRequest, context: StepContext): Promise<ApplyFacts> {
  const { mountedAt } = request;
  return mountedAt === null ? applyToNtfs(request, context) : applyToDirectory({ ...request, mountedAt }, context);
}

async function applyToDirectory(request: ApplyRequest & { readonly mountedAt: string }, context: StepContext): Promise<ApplyFacts> {
  const { image, index, partition, mountedAt, keepFolder } = request;
  const keepPath = join(mountedAt, keepFolder);
  const markerPath = applyMarkerPath(keepPath);
  const wanted: Marker = {
    runId: context.assignment.runId,
    step: context.path.join('.'),
    sha256: image.content.sha256,
    index,
    state: 'applied',
  };
  const found = await readMarker(markerPath);
  if (found !== null && JSON.stringify(found) === JSON.stringify(wanted)) {
    context.log.info({ volume: partition.path }, 'the image is on the volume already: it was applied before the interruption');
    return {};
  }
  const isUntouched = partition.fresh && found === null;
  if (!isUntouched && (request.wipe || found?.runId === wanted.runId)) await wipeVolume(mountedAt, request, context);
  await mkdir(keepPath, { recursive: true, mode: 0o700 });
  await writeFileAtomically(markerPath, JSON.stringify({ ...wanted, state: 'applying' } satisfies Marker), 0o600);
  const appliedBytes = appliedSizeBytes(image, index);
  const keptBytes = await bytesOnVolume(image.content, { keepPath, appliedBytes }, context);
  const available = (await freeBytes(keepPath)) + keptBytes;
  if (available < appliedBytes) {
    const sizes = { needed: formatBytes(appliedBytes), available: formatBytes(available) };
    throw new OstlerError('IMAGE_TARGET_TOO_SMALL', { path: partition.path, ...sizes });
  }
  const volume = { folder: keepPath, alsoBytes: appliedBytes - keptBytes };
  const facts = await stageAndApply({ ...request, volume, target: { kind: 'directory', path: mountedAt } }, context);
  await writeFileAtomically(markerPath, JSON.stringify(wanted), 0o600);
  await context.imaging.run('sync', [], { signal: context.signal });
  return facts;
}

interface Volume {
  readonly keepPath: string;
  readonly appliedBytes: number;
}

/** How much of the image's file is there, staged or fetched before the run. What was fetched and leaves the image itself no room goes. */
async function bytesOnVolume(content: ContentRef, { keepPath, appliedBytes }: Volume, context: StepContext): Promise<number> {
  const cache = await context.content.cacheBeside(keepPath);
  if ((await freeBytes(keepPath)) < appliedBytes) await cache?.clear();
  return Math.max(await existingBytes(stagedPath(keepPath, content)), (await cache?.receivedBytes(content)) ?? 0);
}

/** What the image takes on a file system. */
function appliedSizeBytes(image: OperatingSystemImage, index: number): number {
  const found = image.indexes.find((each) => each.index === index);
  return found === undefined ? 0 : found.sizeBytes - found.hardLinkBytes;
}

/** NTFS is made anew each time: a half-applied volume cannot be told from a whole one. */
async function applyToNtfs(request: ApplyRequest, context: StepContext): Promise<ApplyFacts> {
  const path = await currentPath(request.partition);
  if (request.wipe) await context.imaging.run('mkfs.ntfs', ['-F', '-Q', path], { signal: context.signal });
  return stageAndApply({ ...request, volume: null, target: { kind: 'ntfs-device', path } }, context);
}

interface StagedApply extends ApplyRequest {
  readonly volume: { readonly folder: string; readonly alsoBytes: number } | null;
  readonly target: { readonly kind: 'directory' | 'ntfs-device'; readonly path: string };
}

async function stageAndApply(request: StagedApply, context: StepContext): Promise<ApplyFacts> {
  const { image, index, partition, volume, target } = request;
  const fileBytes = image.content.sizeBytes;
  const folder = await chooseStaging({ fileBytes, volume, except: partition, purpose: `applying ${image.name}` }, context);
  const wim = stagedPath(folder, image.content);
  context.log.info({ image: image.name, index, volume: partition.path, staging: folder }, 'downloading the image');
  const download = await timed(() => context.content.download(image.content, wim, transferPort(context, `Downloading ${image.name}`)));
  context.log.info({ image: image.name, downloadMs: download }, 'applying the image');
  const apply = await timed(() => context.imaging.applyWimImage({ wim, index, target }, imagingPort(context)));
  await rm(wim, { force: true });
  return { downloadBytes: fileBytes, downloadMs: download, applyMs: apply };
}

function stagedPath(folder: string, content: ContentRef): string {
  return join(folder, `${content.sha256}.wim`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return Math.round(performance.now() - began);
}

async function readMarker(path: string): Promise<Marker | null> {
  try {
    return Marker.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

async function existingBytes(path: string): Promise<number> {
  const sizes = await Promise.all(
    [path, `${path}.partial`].map((each) =>
      stat(each).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  return Math.max(...sizes);
}

/** Removes everything but the agent's folder and a protected user state store (feature map §2.4: kept by Apply OS). */
export async function wipeVolume(
  root: string,
  { keepFolder, mountsBelow = [] }: Pick<ApplyRequest, 'keepFolder' | 'mountsBelow'>,
  context: Pick<StepContext, 'variables' | 'signal' | 'report' | 'log'>,
): Promise<void> {
  const protectedPaths = [join(root, keepFolder)];
  const userState = context.variables.get('_SMSTSUserStatePath');
  if (userState?.startsWith(`${root}/`) === true) protectedPaths.push(userState);
  // Where the users' files of this run may be: a path of the system that was on the volume.
  const store = context.variables.get('OSDStateStorePath');
  if (store?.startsWith('/') === true) protectedPaths.push(join(root, store));
  context.report({ activity: 'Removing old files', done: 0, total: null, unit: 'files' }, null);
  context.log.info({ root, kept: protectedPaths }, 'removing what is on the volume');
  await removeBelow(root, { protectedPaths, mountsBelow }, context.signal);
}

interface Kept {
  readonly protectedPaths: readonly string[];
  readonly mountsBelow: readonly string[];
}

async function removeBelow(folder: string, kept: Kept, signal: AbortSignal): Promise<void> {
  const { protectedPaths, mountsBelow } = kept;
  for (const name of await readdir(folder)) {
    signal.throwIfAborted();
    const path = join(folder, name);
    if (protectedPaths.includes(path)) continue;
    const isKept = mountsBelow.includes(path) || [...protectedPaths, ...mountsBelow].some((each) => each.startsWith(path + sep));
    if (isKept) await removeBelow(path, kept, signal);
    else await removeTree(path);
  }
}

async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw new OstlerError('DESTINATION_UNSUITABLE', { path: dirname(path), problem: `${path} cannot be removed` }, { cause: error });
  }
}
