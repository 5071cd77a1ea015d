import { ApplicationDefinition } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { deploymentSite, someSha, type DeploymentSite } from '../../test/deployment-site.ts';
import { createApplicationStore } from '../applications/store.ts';

/** A package `Setup` whose content is nowhere; answers its id. */
async function aPackage(site: DeploymentSite): Promise<string> {
  const contents = { fileName: 'setup.sh', content: { sha256: someSha('5'), sizeBytes: 10 }, programs: [] };
  return (await site.packages.add({ name: 'Setup', kind: 'script', ...contents }, { savedBy: 'ada', comment: '' })).id;
}

async function deploy(site: DeploymentSite, taskSequenceId: string, collection: string, more: object = {}): Promise<void> {
  const { id: collectionId } = (await site.call('POST', '/collections', { name: collection })).body;
  const made = await site.call('POST', '/deployments', { taskSequenceId, collectionId, purpose: 'available', ...more });
  expect(made.status).toBe(200);
}

async function usersOf(site: DeploymentSite, what: string): Promise<unknown> {
  const { usedBy } = (await site.call('GET', `/${what}/distribution`)).body as unknown as {
    usedBy: { name: string; kind: string; version: number }[];
  };
  return usedBy.map(({ kind, name, version }) => [kind, name, version]);
}

describe.each(databases)('where a package is used, on $dialect', ({ open }) => {
  it('is said with the versions of task sequences and of the deployments that bring it, also through a child sequence', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const packageId = await aPackage(site);
    const steps = [{ type: 'download-package-content', name: 'Files', options: { packageIds: [packageId] } }];
    const child = await site.addSequence('Child', { steps });
    const runChild = { type: 'run-task-sequence', name: 'Child', options: { taskSequenceId: child } };
    const parent = await site.addSequence('Parent', { steps: [runChild] });
    await deploy(site, child, 'Office', { taskSequenceVersion: 1 });
    await deploy(site, parent, 'Lab');
    await deploy(site, await site.addSequence('Other'), 'Elsewhere');
    await site.call('PUT', `/task-sequences/${child}`, { name: 'Child', steps });

    expect(await usersOf(site, `packages/${packageId}`)).toEqual([
      ['task sequence', 'Child', 2],
      ['deployment', 'Child → Office', 1],
      ['deployment', 'Parent → Lab', null],
    ]);
  });

  it('is said of applications: those that it installs, and what uses each of them', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const packageId = await aPackage(site);
    const applications = createApplicationStore(test.database, () => 1);
    const editor = await applications.add(ApplicationDefinition.parse({ name: 'Editor', packageId }));
    await applications.add(ApplicationDefinition.parse({ name: 'Office', packageId, dependencies: [editor.id] }));
    const steps = [{ type: 'install-application', name: 'Editor', options: { applicationIds: [editor.id] } }];
    const sequence = (await site.call('POST', '/task-sequences', { name: 'Install', startsIn: 'installed-os', steps })).body;

    expect(sequence.code).toBeUndefined();
    expect(await usersOf(site, `packages/${packageId}`)).toEqual([
      ['application', 'Editor', null],
      ['application', 'Office', null],
    ]);
    expect(await usersOf(site, `applications/${editor.id}`)).toEqual([
      ['application', 'Office', null],
      ['task sequence', 'Install', 1],
    ]);
    expect((await site.call('GET', `/applications/${editor.id}/distribution`)).body).toMatchObject({
      object: { kind: 'application', name: 'Editor' },
      sha256: someSha('5'),
    });
    expect((await site.call('GET', '/applications/application-none/distribution')).body.code).toBe('NOT_FOUND');
  });
});
