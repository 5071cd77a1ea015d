import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { describe, expect, it } from 'vitest';
import { contentParts, uploaded, type TestParts } from '../../test/content-parts.ts';
import { databases, silentLog } from '../../test/databases.ts';
import { packageHandlers } from './package-handlers.ts';

const signal = AbortSignal.timeout(60_000);

async function create(parts: TestParts, driversJson: string | null) {
  const tree = join(parts.folder, 'tree');
  await mkdir(join(tree, 'firmware'), { recursive: true });
  await writeFile(join(tree, 'firmware/nic.bin'), 'firmware');
  if (driversJson !== null) await writeFile(join(tree, 'drivers.json'), driversJson);
  const archive = join(parts.folder, 'nic.tar.zst');
  await run('tar', ['--create', '--auto-compress', '--file', archive, '--directory', tree, '.'], { signal });
  const uploadId = await uploaded(parts.uploads, 'nic.tar.zst', await readFile(archive));
  const handlers = packageHandlers({
    ...parts,
    packageUsers: () => Promise.resolve([]),
    programUsers: () => Promise.resolve([]),
    versionUsers: () => Promise.resolve(new Map()),
  });
  const body = { name: 'nic', kind: 'drivers' as const, fileName: 'nic.tar.zst', uploadId, programs: [] };
  return handlers['packages.create'](
    { params: undefined, query: undefined, body },
    { caller: { kind: 'public' }, remoteAddress: '::1', log: silentLog, signal },
  );
}

describe.each(databases)('a driver package on $dialect', ({ open }) => {
  it('says for which devices and of which categories it is', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);

    await create(parts, JSON.stringify({ model: 'Latitude', categories: ['Office'], deviceIds: ['pci:v00008086d*'] }));

    expect(await parts.packages.list()).toMatchObject([
      { kind: 'drivers', drivers: { manufacturer: '', model: 'Latitude', categories: ['Office'], deviceIds: ['pci:v00008086d*'] } },
    ]);
  });

  it('is refused without drivers.json, and with one that is wrong', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);

    await expect(create(parts, null)).rejects.toThrow('drivers.json is not in it');
    await expect(create(parts, '{"deviceIds": "all"}')).rejects.toMatchObject({ code: 'PACKAGE_NOT_DRIVERS' });
    expect(await parts.packages.list()).toEqual([]);
  });
});
