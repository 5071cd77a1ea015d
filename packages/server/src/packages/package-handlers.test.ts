import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PackagePrograms, type Package, type UpdatePackage } from '@ostler/contract';
import { run } from '@ostler/imaging/run';
import { describe, expect, it } from 'vitest';
import { contentParts, uploaded, type TestParts } from '../../test/content-parts.ts';
import { databases, silentLog } from '../../test/databases.ts';
import { packageHandlers } from './package-handlers.ts';

const signal = AbortSignal.timeout(600_000);
const nobody = {
  packageUsers: () => Promise.resolve([]),
  programUsers: () => Promise.resolve([]),
  versionUsers: () => Promise.resolve(new Map()),
};

async function create(parts: TestParts, kind: Package['kind'], fileName: string, bytes: Buffer): Promise<Package> {
  const handlers = packageHandlers({ ...parts, ...nobody });
  const uploadId = await uploaded(parts.uploads, fileName, bytes);
  const request = { params: undefined, query: undefined, body: { name: fileName, kind, fileName, uploadId, programs: [] } };
  return handlers['packages.create'](request, { caller: { kind: 'public' }, remoteAddress: '::1', log: silentLog, signal });
}

async function aDeb({ folder }: TestParts): Promise<Buffer> {
  const tree = join(folder, 'deb');
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  await writeFile(
    join(tree, 'DEBIAN/control'),
    'Package: hello\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: x\n',
  );
  await writeFile(join(tree, 'file'), 'hello\n'.repeat(10_000));
  await run('dpkg-deb', ['--build', tree, join(folder, 'hello.deb')], { signal });
  return readFile(join(folder, 'hello.deb'));
}

describe.each(databases)('a package on $dialect', ({ open }) => {
  it('is made of a Debian package or of a script', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const deb = await aDeb(parts);

    const made = await create(parts, 'deb', 'hello.deb', deb);
    await create(parts, 'script', 'setup.sh', Buffer.from('#!/bin/sh\ntrue\n'));

    expect((await parts.packages.list()).map(({ name }) => name)).toEqual(['hello.deb', 'setup.sh']);
    expect(await readFile(await parts.content.pathOf(made.content.sha256))).toEqual(deb);
  });

  it('is made of an RPM package and of a tar archive', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    await run(
      'tar',
      ['--create', '--gzip', '--file', join(parts.folder, 'files.tgz'), '--directory', parts.folder, '--files-from', '/dev/null'],
      { signal },
    );

    await create(parts, 'archive', 'files.tgz', await readFile(join(parts.folder, 'files.tgz')));
    await create(parts, 'rpm', 'a.rpm', Buffer.from([0xed, 0xab, 0xee, 0xdb, 3, 0]));

    expect((await parts.packages.list()).map(({ kind }) => kind)).toEqual(['rpm', 'archive']);
    await expect(create(parts, 'archive', 'b.tgz', Buffer.from('#!/bin/sh\n'))).rejects.toMatchObject({ code: 'PACKAGE_NOT_AN_ARCHIVE' });
    await expect(create(parts, 'rpm', 'b.rpm', Buffer.from('#!/bin/sh\n'))).rejects.toMatchObject({ code: 'PACKAGE_NOT_AN_RPM' });
  });

  it('is refused when it is not what it is said to be, or cut short', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const deb = await aDeb(parts);

    await expect(create(parts, 'deb', 'a.deb', Buffer.from('#!/bin/sh\n'))).rejects.toMatchObject({ code: 'PACKAGE_NOT_A_DEB' });
    await expect(create(parts, 'deb', 'b.deb', deb.subarray(0, -100))).rejects.toMatchObject({ code: 'PACKAGE_NOT_A_DEB' });
    await expect(create(parts, 'script', 'c.sh', deb)).rejects.toMatchObject({ code: 'PACKAGE_NOT_A_SCRIPT' });
    expect(await parts.content.list()).toEqual([]);
  });

  it('has programs, which are changed all together, but none is taken away that a task sequence runs', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const { id } = await create(parts, 'script', 'setup.sh', Buffer.from('#!/bin/sh\ntrue\n'));
    const [quiet, full] = PackagePrograms.parse([
      { name: 'Quiet', commandLine: './setup.sh -q' },
      { name: 'Full', commandLine: './setup.sh', workingDirectory: 'bin', successCodes: [0, 2] },
    ]);
    const handlers = packageHandlers({
      ...parts,
      ...nobody,
      programUsers: (_id, program) => Promise.resolve(program === 'Quiet' ? ['the task sequence Install'] : []),
    });
    const context = { caller: { kind: 'public' }, remoteAddress: '::1', log: silentLog, signal } as const;
    const update = (body: Partial<UpdatePackage>) =>
      handlers['packages.update']({ params: { id }, query: undefined, body: { comment: '', ...body } }, context);

    await update({ programs: [quiet!, full!] });
    expect(await update({ name: 'Setup' })).toMatchObject({ name: 'Setup', programs: [{ name: 'Quiet' }, full] });
    await expect(update({ programs: [full!] })).rejects.toMatchObject({ code: 'IN_USE' });
    expect((await update({ programs: [quiet!] })).programs).toEqual([quiet]);
    expect(await parts.packages.get(id)).toMatchObject({ name: 'Setup', programs: [quiet], version: 3 });
  });
});
