/** Packages that scenarios use: scripts, real .deb files, archives, drivers; made here and uploaded to the site. */
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Package } from '@ostler/contract';
import { run } from '@ostler/imaging/run';
import type { Stage } from './stage.ts';

/** Uploads a script that *Install Package* runs in the installed system. @returns the package's id */
export async function addScriptPackage(stage: Stage, name: string, script: string): Promise<string> {
  const path = join(stage.folder, `${name}.sh`);
  await writeFile(path, script);
  return addPackage(stage, name, 'script', path);
}

/** Builds and uploads a .deb that puts one file into `/usr/share`. @returns the package's id */
export async function addMarkerPackage(stage: Stage, name: string): Promise<string> {
  const content = { marker: 'installed before the capture\n' };
  return addPackage(stage, name, 'deb', await buildDeb(stage, { name, version: '1.0', content }));
}

export interface DebContent {
  readonly name: string;
  readonly version: string;
  /** Below `/usr/share/NAME`. */
  readonly content: Files;
}
/** Paths with their text. */
export type Files = Readonly<Record<string, string>>;

/** @returns where the file is */
export async function buildDeb(stage: Stage, { name, version, content }: DebContent): Promise<string> {
  const tree = join(stage.folder, `${name}-${version}`);
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: Ostler lab <lab@localhost>\nDescription: of the lab\n`;
  await writeFiles(tree, { 'DEBIAN/control': control });
  await writeFiles(join(tree, 'usr/share', name), content);
  const path = join(stage.folder, `${name}_${version}_all.deb`);
  await run('dpkg-deb', ['--root-owner-group', '--build', tree, path], { signal: stage.signal });
  return path;
}

/** Makes and uploads a tar archive of the files, and of other files by their names. @returns the package's id */
export async function addArchivePackage(
  stage: Stage,
  name: string,
  kind: 'archive' | 'drivers',
  files: Files,
  copies: readonly string[] = [],
): Promise<string> {
  const tree = join(stage.folder, `${name}-tree`);
  await writeFiles(tree, files);
  for (const path of copies) await copyFile(path, join(tree, basename(path)));
  const path = join(stage.folder, `${name}.tar`);
  await run('tar', ['--create', '--owner=0', '--group=0', '--file', path, '--directory', tree, '.'], { signal: stage.signal });
  return addPackage(stage, name, kind, path);
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** Uploads a file as a package. @returns its id */
export async function addPackage(stage: Stage, name: string, kind: Package['kind'], path: string): Promise<string> {
  const fileName = basename(path);
  const { size } = await stat(path);
  const uploadId = await stage.site.upload(path, fileName, size, stage.signal);
  return (await stage.site.call('packages.create', { body: { name, kind, fileName, uploadId } }, stage.signal)).id;
}
