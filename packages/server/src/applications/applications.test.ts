import { ApplicationDefinition, type Package } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases, silentLog } from '../../test/databases.ts';
import { applicationHandlers } from './handlers.ts';
import { createApplicationStore } from './store.ts';
import type { Database } from '../database/database.ts';

const context = { caller: { kind: 'public' }, remoteAddress: '::1', log: silentLog, signal: AbortSignal.timeout(60_000) } as const;
const createdAt = new Date(0).toISOString();
const onePackage: Package = {
  id: 'package-1',
  name: 'Setup',
  kind: 'script',
  fileName: 'setup.sh',
  content: { sha256: '0'.repeat(64), sizeBytes: 1 },
  programs: [],
  version: 1,
  createdAt,
};
const definition = (name: string, more: object = {}) => ApplicationDefinition.parse({ name, packageId: 'package-1', ...more });

function site(database: Database) {
  const clock = { nowMs: 1_800_000_000_000 };
  const applications = createApplicationStore(database, () => clock.nowMs);
  const handlers = applicationHandlers({
    applications,
    packages: { list: () => Promise.resolve([onePackage]) },
    applicationUsers: (id) => Promise.resolve(id.endsWith('used') ? ['the task sequence Install'] : []),
  });
  return {
    clock,
    list: async () => (await handlers['applications.list']({ params: undefined, query: undefined, body: undefined }, context)).items,
    create: (body: ApplicationDefinition) => handlers['applications.create']({ params: undefined, query: undefined, body }, context),
    update: (id: string, body: ApplicationDefinition) =>
      handlers['applications.update']({ params: { id }, query: undefined, body }, context),
    remove: (id: string) => handlers['applications.delete']({ params: { id }, query: undefined, body: undefined }, context),
  };
}

describe.each(databases)('an application on $dialect', ({ open }) => {
  it('is kept as it was written, and changed with its time', async () => {
    await using test = await open();
    const { clock, create, update, list } = site(test.database);
    const written = definition('Editor', { detection: { software: 'editor' }, uninstallCommand: 'apt-get remove -y editor' });

    const made = await create(written);
    clock.nowMs += 1000;
    const changed = await update(made.id, { ...written, version: '2' });

    expect(made).toMatchObject(written);
    expect(changed).toEqual({ ...made, version: '2', updatedAt: new Date(clock.nowMs).toISOString() });
    expect(await list()).toEqual([changed]);
  });

  it('is refused with every reason: a name that is taken, what is not there, a successor that cannot remove', async () => {
    await using test = await open();
    const { create } = site(test.database);
    const { id } = await create(definition('Old'));

    await expect(create(definition('Old'))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    const bad = definition('New', {
      packageId: 'package-9',
      dependencies: ['application-9'],
      supersedes: [{ applicationId: id, uninstall: true }],
    });
    await expect(create(bad)).rejects.toThrow(
      /no package package-9; there is no application application-9; the application Old has no uninstallCommand/,
    );
  });

  it('cannot depend on itself through others', async () => {
    await using test = await open();
    const { create, update } = site(test.database);
    const first = await create(definition('First'));
    const second = await create(definition('Second', { dependencies: [first.id] }));

    await expect(update(first.id, definition('First', { dependencies: [second.id] }))).rejects.toThrow('First → Second → First');
  });

  it('is deleted only when nothing uses it', async () => {
    await using test = await open();
    const { create, remove, list } = site(test.database);
    const first = await create(definition('First'));
    const second = await create(definition('Second', { dependencies: [first.id] }));

    await expect(remove(first.id)).rejects.toThrow('the application Second');
    await remove(second.id);
    await remove(first.id);

    expect(await list()).toEqual([]);
  });
});
