/** Packages that scenarios install: a script, and a real .deb, made here and uploaded to the site. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  const tree = join(stage.folder, name);
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  await mkdir(join(tree, 'usr', 'share', name), { recursive: true });
  const control = `Package: ${name}\nVersion: 1.0\nArchitecture: all\nMaintainer: Ostler lab <lab@localhost>\nDescription: marks a captured image\n`;
  await writeFile(join(tree, 'DEBIAN', 'control'), control);
  await writeFile(join(tree, 'usr', 'share', name, 'marker'), 'installed before the capture\n');
  const path = join(stage.folder, `${name}_1.0_all.deb`);
  await run('dpkg-deb', ['--root-owner-group', '--build', tree, path], { signal: stage.signal });
  return addPackage(stage, name, 'deb', path);
}

/** Uploads a file as a package. @returns its id */
export async function addPackage(stage: Stage, name: string, kind: 'deb' | 'script', path: string): Promise<string> {
  const fileName = path.slice(path.lastIndexOf('/') + 1);
  const { size } = await stat(path);
  const uploadId = await stage.site.upload(path, fileName, size, stage.signal);
  return (await stage.site.call('packages.create', { body: { name, kind, fileName, uploadId } }, stage.signal)).id;
}
