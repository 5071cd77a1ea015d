/** Verify, export, apply and capture images of a WIM, through wimlib-imagex. Reading a WIM's description is wim-file.ts. */
import { mkdtemp, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatBytes, OstlerError } from '@ostler/contract';
import type { ImagingPort } from '../port.ts';
import { describeLinuxTree } from '../target/linux-tree.ts';
import { runWimlib } from '../tools/wimlib.ts';
import { readWimFile } from './wim-file.ts';
import type { WimCompression } from './wim-header.ts';
import type { WimImage } from './wim-xml.ts';

export interface WimExport {
  readonly source: string;
  readonly index: number;
  /** Overwritten. */
  readonly destination: string;
  /** Without it the files are copied as they are compressed in the source, which is fast. */
  readonly compression?: WimCompression;
}

export interface WimApply {
  readonly wim: string;
  readonly index: number;
  /** A directory; or an NTFS volume that is not mounted, which keeps everything Windows stores on a file. */
  readonly target: { readonly kind: 'directory' | 'ntfs-device'; readonly path: string };
}

export interface WimCapture {
  /** A directory, the root of the captured tree. Owners, modes, links, device nodes and extended attributes are kept. */
  readonly source: string;
  /** Overwritten; removed when the capture fails. */
  readonly destination: string;
  readonly compression: WimCompression;
  readonly name: string;
  readonly description: string;
  /** Left out, as wimlib's capture configuration writes it: paths from the tree's root, `*` and `?`; see linuxCaptureExclusions. */
  readonly exclude: readonly string[];
  /** Further fields of the image's XML by path, such as `{ FLAGS: 'Server' }`. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** What belongs to the running machine rather than to its image. The directories themselves stay. */
export const linuxCaptureExclusions: readonly string[] = [
  '/dev/*',
  '/proc/*',
  '/sys/*',
  '/run/*',
  '/tmp/*',
  '/var/tmp/*',
  '/mnt/*',
  '/media/*',
  '/lost+found',
  '/swapfile',
  '/swap.img',
  // Opens this computer's disk.
  '/etc/cryptsetup-keys.d/luks-*.key',
  '/var/lib/ostler',
  '/etc/systemd/system/ostler-agent.service',
  '/etc/systemd/system/multi-user.target.wants/ostler-agent.service',
];

/** Reads every file in the WIM and compares it with its hash. @throws OstlerError IMAGE_CORRUPT and readWimFile's */
export async function verifyWim(path: string, port: ImagingPort): Promise<void> {
  await readWimFile(path);
  await runWimlib({ args: ['verify', path], wim: path, destination: path, activity: 'Verifying the image' }, port);
}

/** Writes one image into a WIM of its own. @throws OstlerError IMAGE_INDEX_NOT_FOUND and runWimlib's */
export async function exportWimImage(request: WimExport, port: ImagingPort): Promise<void> {
  const { source, index, destination, compression } = request;
  await findImage(source, index);
  // wimlib would add to an existing file.
  await rm(destination, { force: true });
  const compress = compression === undefined ? [] : [`--compress=${compression}`];
  const args = ['export', source, String(index), destination, ...compress];
  await writingTo(destination, () => runWimlib({ args, wim: source, destination, activity: 'Exporting the image' }, port));
}

/**
 * Lays one image down. A directory gets owners, modes, links and extended attributes where the image has them.
 * @throws OstlerError IMAGE_TARGET_MISSING, IMAGE_TARGET_TOO_SMALL before anything is written, IMAGE_INDEX_NOT_FOUND, IMAGE_CORRUPT, IMAGE_TARGET_FULL
 */
export async function applyWimImage({ wim, index, target }: WimApply, port: ImagingPort): Promise<WimImage> {
  const image = await findImage(wim, index);
  await checkTarget(image, target);
  const unixData = target.kind === 'directory' ? ['--unix-data'] : [];
  const args = ['apply', wim, String(index), target.path, ...unixData];
  await runWimlib({ args, wim, destination: target.path, activity: 'Applying files' }, port);
  return image;
}

/** Captures a directory tree into a new WIM of one image. @throws OstlerError IMAGE_SOURCE_MISSING, IMAGE_PROPERTY_INVALID, IMAGE_TARGET_FULL */
export async function captureWimImage(request: WimCapture, port: ImagingPort): Promise<WimImage> {
  const { source, destination, name, description, compression } = request;
  if (!(await isDirectory(source))) throw new OstlerError('IMAGE_SOURCE_MISSING', { path: source });
  const properties = { ...(await linuxProperties(source)), DESCRIPTION: description, ...request.properties };
  await using exclusions = await exclusionFile(request.exclude);
  const options = ['--unix-data', `--compress=${compression}`, `--config=${exclusions.path}`, ...propertyArgs(properties)];
  const args = ['capture', source, destination, checkedText('NAME', name), ...options];
  await writingTo(destination, () => runWimlib({ args, wim: destination, destination, activity: 'Capturing files' }, port));
  return await findImage(destination, 1);
}

/** Sets fields of an image's XML, such as NAME, DESCRIPTION, DISPLAYNAME or FLAGS. @throws OstlerError IMAGE_PROPERTY_INVALID */
export async function setWimImageProperties(
  path: string,
  index: number,
  properties: Readonly<Record<string, string>>,
  port: ImagingPort,
): Promise<void> {
  await findImage(path, index);
  const args = ['info', path, String(index), ...propertyArgs(properties)];
  await runWimlib({ args, wim: path, destination: path, activity: 'Writing image properties' }, port);
}

async function findImage(path: string, index: number): Promise<WimImage> {
  const { images } = await readWimFile(path);
  const image = images.find((each) => each.index === index);
  if (image === undefined) throw new OstlerError('IMAGE_INDEX_NOT_FOUND', { path, index, count: images.length });
  return image;
}

async function checkTarget(image: WimImage, { kind, path }: WimApply['target']): Promise<void> {
  const info = await stat(path).catch(() => undefined);
  const isRight = kind === 'directory' ? info?.isDirectory() : info?.isBlockDevice() === true || info?.isFile() === true;
  if (isRight !== true) throw new OstlerError('IMAGE_TARGET_MISSING', { path });
  if (kind !== 'directory') return;
  const { bavail, bsize } = await statfs(path);
  const neededBytes = image.sizeBytes - image.hardLinkBytes;
  if (neededBytes > bavail * bsize) {
    const details = { path, needed: formatBytes(neededBytes), available: formatBytes(bavail * bsize) };
    throw new OstlerError('IMAGE_TARGET_TOO_SMALL', details);
  }
}

/** Leaves no half-written file behind. */
async function writingTo(destination: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    await rm(destination, { force: true });
    throw error;
  }
}

/** wimlib reads its capture configuration from a file only. */
async function exclusionFile(exclude: readonly string[]): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'ostler-capture-'));
  const path = join(folder, 'capture.ini');
  await writeFile(path, ['[ExclusionList]', ...exclude, ''].join('\n'));
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function linuxProperties(source: string): Promise<Record<string, string>> {
  const linux = await describeLinuxTree(source);
  if (linux === undefined) return {};
  const fields = { 'LINUX/ID': linux.id, 'LINUX/VERSION': linux.version, 'LINUX/ARCH': linux.architecture, DISPLAYNAME: linux.prettyName };
  return Object.fromEntries(Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined));
}

function propertyArgs(properties: Readonly<Record<string, string>>): string[] {
  const set = Object.entries(properties).filter(([, value]) => value !== '');
  return set.flatMap(([property, value]) => {
    if (!/^[A-Z][A-Z0-9_]*(?:\/[A-Z][A-Z0-9_]*)*$/.test(property)) {
      throw new OstlerError('IMAGE_PROPERTY_INVALID', { property, problem: 'its name must be upper-case letters, digits and slashes.' });
    }
    return ['--image-property', `${property}=${checkedText(property, value)}`];
  });
}

/** XML 1.0 cannot hold control characters; a name that begins with a dash would be read as an option. */
function checkedText(property: string, value: string): string {
  const problem = /\p{Cc}/u.test(value) ? 'it has control characters.' : value.startsWith('-') ? 'it begins with a dash.' : undefined;
  if (problem !== undefined) throw new OstlerError('IMAGE_PROPERTY_INVALID', { property, problem });
  return value;
}

async function isDirectory(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info?.isDirectory() === true;
}
