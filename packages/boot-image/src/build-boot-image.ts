/** Builds a boot image layer by layer, each kept in the cache by the hash of what decides it. */
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '@ostler/contract';
import { buildInitramfs } from './build-initramfs.ts';
import { buildSquashfs } from './build-squashfs.ts';
import { buildTree, readTreeFacts, type LoaderName } from './build-tree.ts';
import { hashLayers, type BootImageInputs } from './hash-inputs.ts';
import { cachedLayer, dropOldLayers } from './layer-cache.ts';
import type { InstalledPackage } from './packages.ts';
import { writeSiteOverlay } from './site-overlay.ts';

/** Where a build works, keeps its layers, and tells how far it is. */
export interface BuildPlaces {
  /** For files that are gone afterwards. */
  readonly workDirectory: string;
  /** For layers; the files of the result are in it. The newest two of each layer stay. */
  readonly cacheDirectory: string;
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
}

/** A file of a boot image: what the server serves. */
export type BootImageFile = 'kernel' | 'initramfs' | 'squashfs' | LoaderName;

export interface BuiltBootImage {
  /** Paths in the cache: to be copied into the store before the next build. */
  readonly files: Readonly<Record<BootImageFile, string>>;
  readonly packages: readonly InstalledPackage[];
  readonly kernelVersion: string;
  readonly sizes: Readonly<Record<BootImageFile, number>>;
}

const layersKept = 2;
const stepCount = 12;

/**
 * Builds what changed and returns the whole. Needs root, mmdebstrap, mksquashfs and strip when a layer is not in the cache.
 * @throws OstlerError BOOT_IMAGE_* and those of run().
 */
export async function buildBootImage(inputs: BootImageInputs, places: BuildPlaces): Promise<BuiltBootImage> {
  const { cacheDirectory, signal } = places;
  const say = countSteps(places.report);
  say('Comparing the inputs with the last build');
  const hashes = await hashLayers(inputs);
  const tree = await cachedLayer(cacheDirectory, 'tree', hashes.tree, (directory) => buildTree(directory, inputs.options, { signal, say }));
  const facts = await readTreeFacts(tree);
  const root = join(tree, 'root');
  const initramfs = await cachedLayer(cacheDirectory, 'initramfs', hashes.initramfs, async (directory) => {
    say('Making the first stage (initramfs)');
    await writeFile(join(directory, 'initramfs'), await buildInitramfs(root, facts.kernelVersion, signal));
  });
  const squashfs = await cachedLayer(cacheDirectory, 'squashfs', hashes.squashfs, async (directory) => {
    say('Making the second stage (squashfs)');
    await withWorkFolder(places.workDirectory, (workDirectory) =>
      buildSquashfs({ root, nodeBinary: inputs.nodeBinary, workDirectory, output: join(directory, 'squashfs') }, signal),
    );
  });
  const site = await cachedLayer(cacheDirectory, 'site', hashes.site, async (directory) => {
    say("Adding the site's CA and options");
    const overlay = writeSiteOverlay(inputs.siteCaPem, inputs.options);
    await writeFile(join(directory, 'initramfs'), Buffer.concat([await readFile(join(initramfs, 'initramfs')), overlay]));
  });
  await Promise.all(['tree', 'initramfs', 'squashfs', 'site'].map((name) => dropOldLayers(cacheDirectory, name, layersKept)));
  const files = listFiles(tree, squashfs, site);
  places.report({ activity: 'The boot image is ready', done: stepCount, total: stepCount, unit: 'steps' });
  return { files, packages: facts.packages, kernelVersion: facts.kernelVersion, sizes: await measure(files) };
}

function listFiles(tree: string, squashfs: string, site: string): Record<BootImageFile, string> {
  return {
    kernel: join(tree, 'kernel'),
    initramfs: join(site, 'initramfs'),
    squashfs: join(squashfs, 'squashfs'),
    'shimx64.efi': join(tree, 'loaders/shimx64.efi'),
    'mmx64.efi': join(tree, 'loaders/mmx64.efi'),
    'grubx64.efi': join(tree, 'loaders/grubx64.efi'),
    'undionly.kpxe': join(tree, 'loaders/undionly.kpxe'),
    'ipxe.efi': join(tree, 'loaders/ipxe.efi'),
    'snponly.efi': join(tree, 'loaders/snponly.efi'),
  };
}

async function measure(files: Readonly<Record<BootImageFile, string>>): Promise<Record<BootImageFile, number>> {
  const sizes = await Promise.all(Object.entries(files).map(async ([name, path]) => [name, (await stat(path)).size] as const));
  // Made from the entries of a record with these very keys.
  return Object.fromEntries(sizes) as Record<BootImageFile, number>;
}

/** Each thing said is a step; how many there are depends on mmdebstrap, so the last one is reported by the caller. */
function countSteps(report: (progress: Progress) => void): (activity: string) => void {
  let done = 0;
  return (activity) => {
    report({ activity, done: Math.min(done, stepCount - 1), total: stepCount, unit: 'steps' });
    done += 1;
  };
}

async function withWorkFolder(workDirectory: string, work: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(workDirectory, { recursive: true });
  const folder = await mkdtemp(join(workDirectory, 'boot-image-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
