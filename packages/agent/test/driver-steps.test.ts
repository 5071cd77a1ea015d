import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Package } from '@ostler/contract';
import { expect, test } from 'vitest';
import { installedDirectory } from '../src/config.ts';
import { applyDriverPackage } from '../src/steps/apply-driver-package.ts';
import { applyMarkerPath } from '../src/steps/apply-image.ts';
import type { TargetPartition } from '../src/target.ts';
import { aFolder } from './builders.ts';
import { aStepContext } from './step-context.ts';

const drivers: Package = {
  id: 'drivers-1',
  name: 'Network cards',
  kind: 'drivers',
  fileName: 'drivers.tar',
  programs: [],
  version: 1,
  content: { sha256: 'a'.repeat(64), sizeBytes: 1 },
  createdAt: '2026-11-27T00:00:00.000Z',
};

const system: TargetPartition = {
  disk: '/dev/sdz',
  diskIndex: 0,
  number: 1,
  path: '/dev/sdz1',
  partUuid: null,
  uuid: null,
  type: 'primary',
  fileSystem: 'ext4',
  fresh: false,
  use: 'root',
  mountPoint: '/',
  encryption: null,
};

/** @returns what was done with the system, in order */
async function applyTo(state: 'just applied' | 'set up already'): Promise<readonly string[]> {
  await using folder = await aFolder();
  const done: string[] = [];
  const context = aStepContext({
    folder: folder.path,
    assignment: { packages: [drivers] },
    content: { download: (_content, path) => writeFile(path, '') },
    imaging: {
      mountFileSystem: () => Promise.resolve(),
      run: () => Promise.resolve({ stdout: '', stderr: '', exitCode: 0 }),
      applyDrivers: () => (done.push('drivers'), Promise.resolve({ firmwareFiles: 1, packages: [], kernels: [] })),
      insideTree: (_root, _port, work) => work(() => Promise.resolve({ stdout: '', stderr: '', exitCode: 0 })),
      makeMarkedInitramfs: () => (done.push('initramfs'), Promise.resolve(true)),
    },
  });
  context.target.update(context.variables, system);
  const agentFolder = join(context.target.rootPath, installedDirectory);
  await mkdir(agentFolder, { recursive: true });
  if (state === 'just applied') await writeFile(applyMarkerPath(agentFolder), '{}');
  await applyDriverPackage({ packageId: drivers.id }, context);
  return done;
}

test('drivers of a system that Setup Operating System has still to make startable leave the initramfs to it', async () => {
  expect(await applyTo('just applied')).toEqual(['drivers']);
});

test('drivers of a system that starts already come with their initramfs', async () => {
  expect(await applyTo('set up already')).toEqual(['drivers', 'initramfs']);
});
