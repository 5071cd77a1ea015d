import { PackagePrograms } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { contentParts, uploaded, type TestParts } from '../../test/content-parts.ts';
import { databases, silentLog } from '../../test/databases.ts';
import { packageHandlers } from './package-handlers.ts';

const admin = {
  kind: 'person',
  accountId: 'a',
  name: 'ada',
  credential: { kind: 'token', id: 't' },
  mustChangePassword: false,
  mustSetSecondFactor: false,
} as const;
const [first, second] = ['#!/bin/sh\necho 1\n', '#!/bin/sh\necho 2\n'];

/** A package `Setup` of one script; `users` are the runs that have which version. */
async function aPackage(parts: TestParts, users = new Map<number, string[]>()) {
  const handlers = packageHandlers({
    ...parts,
    packageUsers: () => Promise.resolve([]),
    programUsers: (_id, program) => Promise.resolve(program === 'Used' ? ['the task sequence Install'] : []),
    versionUsers: () => Promise.resolve(users),
  });
  const rights = { permissions: [] } as never;
  const context = { caller: { ...admin, rights }, remoteAddress: '::1', log: silentLog, signal: AbortSignal.timeout(60_000) };
  const upload = async (text: string, fileName: string) => ({
    fileName,
    uploadId: await uploaded(parts.uploads, fileName, Buffer.from(text)),
  });
  const body = { name: 'Setup', kind: 'script' as const, programs: [], ...(await upload(first, 'setup.sh')) };
  const { id } = await handlers['packages.create']({ params: undefined, query: undefined, body }, context);
  const params = { id };
  return {
    id,
    setPrograms: (...names: string[]) => {
      const programs = PackagePrograms.parse(names.map((name) => ({ name, commandLine: './setup.sh' })));
      return handlers['packages.update']({ params, query: undefined, body: { programs, comment: '' } }, context);
    },
    update: async (text: string, fileName = 'setup-2.sh') =>
      handlers['packages.addVersion'](
        { params, query: undefined, body: { ...(await upload(text, fileName)), comment: 'mended' } },
        context,
      ),
    rollBack: (version: number) => handlers['packages.rollBack']({ params, query: undefined, body: { version, comment: '' } }, context),
    remove: (version: number) =>
      handlers['packages.deleteVersion']({ params: { id, version }, query: undefined, body: undefined }, context),
    list: async () => (await handlers['packages.versions']({ params, query: undefined, body: undefined }, context)).items,
  };
}

describe.each(databases)('the versions of a package on $dialect', ({ open }) => {
  it('are numbered, and say what, when, by whom and why', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const setup = await aPackage(parts);
    parts.clock.nowMs += 60_000;

    const made = await setup.update(second);

    expect(made).toMatchObject({ name: 'Setup', version: 2, fileName: 'setup-2.sh' });
    expect(await parts.packages.get(setup.id)).toEqual(made);
    const times = ['2027-01-15T08:01:00.000Z', '2027-01-15T08:00:00.000Z'];
    expect(await setup.list()).toMatchObject([
      { version: 2, content: made.content, comment: 'mended', savedBy: 'ada', savedAt: times[0], usedBy: [] },
      { version: 1, fileName: 'setup.sh', savedBy: 'ada', savedAt: times[1] },
    ]);
  });

  it('are not made of a file that is of another kind', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const setup = await aPackage(parts);

    await expect(setup.update('no script')).rejects.toMatchObject({ code: 'PACKAGE_NOT_A_SCRIPT' });

    expect(await setup.list()).toHaveLength(1);
  });

  it('hold file and programs together, and an older one becomes the newest again with both', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const setup = await aPackage(parts);
    await setup.setPrograms('Quiet');
    await setup.update(second);
    await setup.setPrograms('Full');

    const made = await setup.rollBack(2);

    expect(made).toMatchObject({ version: 5, fileName: 'setup.sh', programs: [{ name: 'Quiet' }] });
    expect((await setup.list())[0]).toMatchObject({ version: 5, comment: 'Rolled back to version 2' });
    await expect(setup.rollBack(9)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await setup.setPrograms('Used');
    await expect(setup.rollBack(2)).rejects.toMatchObject({ code: 'IN_USE' });
  });

  it('keep their content until the version is deleted, and no longer', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const setup = await aPackage(parts);
    await setup.update(second);
    const [, older] = await setup.list();
    parts.clock.nowMs += 7_200_000;

    expect((await parts.content.collect(0)).deleted).toBe(0);
    await setup.remove(1);

    expect(await setup.list()).toMatchObject([{ version: 2 }]);
    expect(await parts.content.collect(0)).toEqual({ deleted: 1, freedBytes: older?.content.sizeBytes });
    await expect(setup.rollBack(1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('share content that is the same: one can be deleted without taking it from the other', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const setup = await aPackage(parts);
    await setup.setPrograms('Quiet');
    parts.clock.nowMs += 7_200_000;

    await setup.remove(1);

    expect((await parts.content.collect(0)).deleted).toBe(0);
  });

  it('stay while they are the newest, and while a run has them', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const setup = await aPackage(parts, new Map([[1, ['the run on lab-1']]]));
    await setup.update(second);

    await expect(setup.remove(2)).rejects.toMatchObject({ code: 'PACKAGE_VERSION_NEWEST' });
    await expect(setup.remove(1)).rejects.toThrow('The package Setup version 1 is used by the run on lab-1.');

    expect((await setup.list()).map(({ version, usedBy }) => [version, usedBy])).toEqual([
      [2, []],
      [1, ['the run on lab-1']],
    ]);
  });

  it('are one each: of two changes on top of the same version the second is refused', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const setup = await aPackage(parts);

    const ends = await Promise.allSettled([setup.setPrograms('One'), setup.setPrograms('Two')]);

    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'PACKAGE_CHANGED' } });
    expect(await setup.list()).toHaveLength(2);
  });

  it('go with the package, and their content with them', async () => {
    await using test = await open();
    await using parts = await contentParts(test.database);
    const setup = await aPackage(parts);
    await setup.update(second);
    parts.clock.nowMs += 7_200_000;

    await parts.packages.remove(setup.id);

    expect((await parts.content.collect(0)).deleted).toBe(2);
    expect(await test.database.sql.selectFrom('package_versions').select('id').execute()).toEqual([]);
  });
});
