/** What the scenario kitchen-sink deploys: packages, driver packages, applications, a data image, a sequence that another one runs. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { addArchivePackage, addMarkerPackage, addScriptPackage, buildDeb, writeFiles } from '../package-files.ts';
import { finishJob } from '../prepare-site.ts';
import type { Stage } from '../stage.ts';
import { step } from '../step-drafts.ts';

export interface KitchenSinkContent {
  readonly imageId: string;
  readonly dataImageId: string;
  /** A .deb in its first version. */
  readonly markerId: string;
  /** A script that keeps its arguments. */
  readonly scriptId: string;
  /** An archive with `work.py`. */
  readonly toolsId: string;
  /** An archive that is a package repository with the .deb's second version. */
  readonly repositoryId: string;
  /** For a device that every machine of the lab has. */
  readonly fittingDriversId: string;
  /** For a device that none has: it is applied whole. */
  readonly otherDriversId: string;
  /** It depends on another. */
  readonly applicationId: string;
  readonly childId: string;
}

const marker = 'lab-marker';

export async function makeContent(stage: Stage): Promise<KitchenSinkContent> {
  const driverDeb = await buildDeb(stage, { name: 'lab-driver', version: '1.0', content: { marker: 'a driver\n' } });
  const describe = (deviceIds: readonly string[]): string => JSON.stringify({ manufacturer: 'Lab', deviceIds });
  return {
    imageId: stage.imageOf('equipped'),
    dataImageId: await importDataImage(stage),
    markerId: await addMarkerPackage(stage, marker),
    scriptId: await addScriptPackage(stage, 'keep-arguments', '#!/bin/sh\nprintf "%s|" "$@" >/root/arguments\n'),
    toolsId: await addArchivePackage(stage, 'tools', 'archive', {
      'work.py': 'import os, sys\nopen("/root/by-python", "w").write("-".join(sys.argv[1:]) + " " + os.environ["TS_Colour"])\n',
    }),
    repositoryId: await addRepository(stage),
    fittingDriversId: await addArchivePackage(stage, 'fitting-drivers', 'drivers', {
      'drivers.json': describe(['pci:v00001AF4d*']),
      'firmware/lab/fitting.bin': 'for virtio\n',
    }),
    otherDriversId: await addArchivePackage(
      stage,
      'other-drivers',
      'drivers',
      { 'drivers.json': describe(['pci:v0000FFFFd*']), 'firmware/lab/other.bin': 'for nothing here\n' },
      [driverDeb],
    ),
    applicationId: await addApplications(stage),
    childId: await addChild(stage),
  };
}

/** A repository as apt reads it from a folder (sources.list(5), "flat"): one package and its index. */
async function addRepository(stage: Stage): Promise<string> {
  const path = await buildDeb(stage, { name: marker, version: '2.0', content: { marker: 'updated\n' } });
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  const fields = {
    Package: marker,
    Version: '2.0',
    Architecture: 'all',
    Maintainer: 'Ostler lab <lab@localhost>',
    Filename: `./${basename(path)}`,
    Size: (await stat(path)).size,
    SHA256: sha256,
    Description: 'of the lab',
  };
  const index = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
  return addArchivePackage(stage, 'repository', 'archive', { Packages: `${index.join('')}\n` }, [path]);
}

async function importDataImage(stage: Stage): Promise<string> {
  const { site, folder, signal } = stage;
  const tree = join(folder, 'data-tree');
  await mkdir(tree);
  await writeFiles(tree, { 'shelf/book': 'from the data image\n' });
  const path = join(folder, 'data.wim');
  await run('wimlib-imagex', ['capture', tree, path, 'Data', '--unix-data', '--compress=XPRESS'], { signal });
  const uploadId = await site.upload(path, 'data.wim', (await stat(path)).size, signal);
  const job = await site.call('images.import', { body: { name: 'Data', uploadId } }, signal);
  await finishJob(site, job, 'data image', stage.log, signal);
  const { items } = await site.call('images.list', {}, signal);
  return items.find(({ name }) => name === 'Data')?.id ?? '';
}

/** A tool that needs a library: each writes its name where the other can see the order. */
async function addApplications(stage: Stage): Promise<string> {
  const { site, signal } = stage;
  const install = await addScriptPackage(stage, 'install-application', '#!/bin/sh\nmkdir -p /opt/lab\necho "$1" >>/opt/lab/order\n');
  const definition = (name: string) => ({
    name,
    packageId: install,
    arguments: name,
    detectionCommand: `grep -qx ${name} /opt/lab/order`,
  });
  const library = await site.call('applications.create', { body: definition('library') }, signal);
  const tool = await site.call('applications.create', { body: { ...definition('tool'), dependencies: [library.id] } }, signal);
  return tool.id;
}

async function addChild({ site, signal }: Stage): Promise<string> {
  const steps = [step('set-task-sequence-variable', 'Say hello', { variable: 'FromChild', value: 'the child saw %Colour%' })];
  return (await site.call('taskSequences.create', { query: {}, body: { name: 'Child', steps } }, signal)).id;
}
