/**
 * Capture Operating System Image: the reference computer's volume as a WIM on the site. It is captured through a read-only view
 * of the volume, so that nothing changes under the capture, onto a staging folder that is not part of it, then uploaded.
 */
import { mkdir, readFile, rm, stat, statfs } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Name, OstlerError, type Upload } from '@ostler/contract';
import { linuxCaptureExclusions } from '@ostler/imaging';
import { z } from 'zod';
import { writeFileAtomically } from '../atomic-file.ts';
import { installedDirectory } from '../config.ts';
import { agentPaths } from '../install-agent.ts';
import type { TargetPartition } from '../target.ts';
import { preparedVariable } from './prepare-os-for-capture.ts';
import { chooseStaging } from './staging.ts';
import { imagingPort, succeeded, transferPort, type StepContext, type StepHandler } from './step-context.ts';

/** What an interrupted capture left: a finished file, and the upload that it is being sent with. */
const Captured = z.object({
  runId: z.string(),
  step: z.string(),
  sizeBytes: z.number(),
  uploadId: z.string().nullable(),
  captureMs: z.number(),
});
type Captured = z.output<typeof Captured>;

export const captureOperatingSystemImage: StepHandler<'capture-operating-system-image'> = async (options, context) => {
  const { variables, target, link, assignment } = context;
  const name = Name.parse(variables.expand(options.imageName));
  const description = variables.expand(options.description);
  const partition = target.root(variables);
  if (partition === undefined) throw new OstlerError('CAPTURE_SOURCE_MISSING', { problem: 'this run has not applied an operating system' });
  await target.unmountAll();
  await target.mountRoot(partition, imagingPort(context), variables);
  const staging = await stagingFolder(partition, context);
  const wim = join(staging, 'captured.wim');
  const captured =
    (await readCaptured(staging, context)) ??
    (await capture({ name, description, compression: options.compression, wim, staging }, context));
  const began = performance.now();
  const uploadId = await upload(captured, wim, staging, `${name}.wim`, context);
  const uploadMs = Math.round(performance.now() - began);
  const body = { uploadId, name, description };
  const patience = { signal: context.signal, patienceMs: Number.POSITIVE_INFINITY };
  const image = await link.call('agent.capturedImage', { params: { id: assignment.runId }, body }, patience);
  await rm(staging, { recursive: true, force: true });
  const facts = { imageId: image.id, imageBytes: captured.sizeBytes, captureMs: captured.captureMs, uploadMs };
  return succeeded(`The image ${name} is on the site.`, facts);
};

/** Room for the whole volume as it is: a compressed image is smaller, but nobody knows by how much. Half is what Linux trees need at most. */
async function stagingFolder(partition: TargetPartition, context: StepContext): Promise<string> {
  const { blocks, bfree, bsize } = await statfs(context.target.rootPath);
  const fileBytes = Math.round(((blocks - bfree) * bsize) / 2);
  const folder = join(context.target.rootPath, installedDirectory, 'staging');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return chooseStaging({ fileBytes, volume: { folder, alsoBytes: 0 }, except: partition, purpose: 'capturing' }, context);
}

interface CaptureRequest {
  readonly name: string;
  readonly description: string;
  readonly compression: 'xpress' | 'lzx';
  readonly wim: string;
  readonly staging: string;
}

async function capture(request: CaptureRequest, context: StepContext): Promise<Captured> {
  const { name, description, compression, wim, staging } = request;
  const { imaging, target, variables } = context;
  const port = imagingPort(context);
  await mkdir(staging, { recursive: true, mode: 0o700 });
  await rm(wim, { force: true });
  if (variables.get(preparedVariable) === 'true') await imaging.generalizeTree({ root: target.rootPath, keep: agentPaths }, port);
  const view = await readOnlyView(context);
  const began = performance.now();
  const exclude = [...linuxCaptureExclusions, ...(await imaging.initramfsWithKey(target.rootPath)), ...agentPaths];
  await imaging.captureWimImage({ source: view, destination: wim, compression, name, description, exclude }, port);
  const { size } = await stat(wim);
  const captured: Captured = {
    runId: context.assignment.runId,
    step: context.path.join('.'),
    sizeBytes: size,
    uploadId: null,
    captureMs: Math.round(performance.now() - began),
  };
  await keepCaptured(staging, captured);
  return captured;
}

/** The same volume once more, read-only, with those below it that are the system's own, such as a separate /boot. */
async function readOnlyView(context: StepContext): Promise<string> {
  const { target, imaging, variables, signal } = context;
  const { rootPath } = target;
  const view = join(rootPath, '..', 'view');
  await mkdir(view, { recursive: true });
  for (const path of [rootPath, ...(await target.mountBelowRoot(variables, imagingPort(context)))]) {
    const place = join(view, relative(rootPath, path));
    await imaging.run('mount', ['--bind', path, place], { signal });
    await imaging.run('mount', ['-o', 'remount,bind,ro', place], { signal });
  }
  return view;
}

async function upload(captured: Captured, wim: string, staging: string, fileName: string, context: StepContext): Promise<string> {
  const uploadId = captured.uploadId ?? (await createUpload(captured, fileName, context)).id;
  await keepCaptured(staging, { ...captured, uploadId });
  await context.content.upload(uploadId, wim, transferPort(context, 'Sending the image'));
  return uploadId;
}

function createUpload({ sizeBytes }: Captured, fileName: string, { link, signal }: StepContext): Promise<Upload> {
  return link.call('agent.createUpload', { body: { fileName, sizeBytes } }, { signal, patienceMs: Number.POSITIVE_INFINITY });
}

function keepCaptured(staging: string, captured: Captured): Promise<void> {
  return writeFileAtomically(join(staging, 'captured.json'), JSON.stringify(captured), 0o600);
}

async function readCaptured(staging: string, context: StepContext): Promise<Captured | null> {
  try {
    const found = Captured.parse(JSON.parse(await readFile(join(staging, 'captured.json'), 'utf8')));
    return found.runId === context.assignment.runId && found.step === context.path.join('.') ? found : null;
  } catch {
    return null;
  }
}
