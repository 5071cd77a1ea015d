import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, aSequence, deploymentSite, mac, someSha, type DeploymentSite } from '../../test/deployment-site.ts';
import { wantedContent } from '../distribution-points/wanted-content.ts';

const saved = { savedBy: 'ada', comment: '' };

function contents(digit: string) {
  return { fileName: `setup-${digit}.sh`, content: { sha256: someSha(digit), sizeBytes: 10 }, programs: [] };
}

/** A package `Setup` whose content is called 5, a sequence that installs it, and a required deployment of that to one computer. */
async function deployedSite(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
  const { id: packageId } = await site.packages.add({ name: 'Setup', kind: 'script', ...contents('5') }, saved);
  const download = { type: 'download-package-content', name: 'Files', options: { packageIds: [packageId] } };
  const steps = [...aSequence('Install').steps, download];
  const taskSequenceId = await site.addSequence('Install', { steps });
  const deployment = (await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required' })).body;
  return {
    packageId,
    begin: async () => (await site.call('POST', '/agent/hello', aHello(), '')).body,
    /** What the agent is told after each start of its computer. */
    packagesOf: async ({ runId, key }: { readonly runId: string; readonly key: string }) =>
      ((await site.call('GET', `/agent/runs/${runId}`, undefined, key)).body as unknown as { packages: unknown[] }).packages,
    end: async ({ runId, key }: { readonly runId: string; readonly key: string }) => {
      await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 9, cursor: null, result: 'failed' }), key);
      expect((await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key)).status).toBe(200);
    },
    allowAgain: () => site.call('POST', `/deployments/${deployment.id}/rerun`, { deviceId: device.id }),
  };
}

describe.each(databases)('the packages of a run on $dialect', ({ open }) => {
  it('stay as they were when it began, and the next run has the newest', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { packageId, begin, packagesOf, end, allowAgain } = await deployedSite(site);
    const run = await begin();

    await site.packages.addVersion(packageId, contents('6'), saved);

    expect(await packagesOf(run)).toMatchObject([{ version: 1, fileName: 'setup-5.sh', content: { sha256: someSha('5') } }]);
    await end(run);
    await allowAgain();
    expect(await packagesOf(await begin())).toMatchObject([{ version: 2, fileName: 'setup-6.sh', content: { sha256: someSha('6') } }]);
  });

  it('are what its computer may read, and no other version', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { packageId, begin } = await deployedSite(site);
    const { runId, deviceId } = await begin();
    await site.packages.addVersion(packageId, contents('6'), saved);
    const mayRead = (digit: string) => site.features.answers.mayRead({ kind: 'agent', deviceId, runId }, someSha(digit));

    expect(await mayRead('5')).toBe(true);
    expect(await mayRead('6')).toBe(false);
  });

  it('are the newest again when the run goes on after its end', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { packageId, begin, packagesOf, end } = await deployedSite(site);
    const run = await begin();
    await end(run);
    await site.packages.addVersion(packageId, contents('6'), saved);

    expect((await site.call('POST', `/runs/${run.runId}/restart`, {})).status).toBe(200);

    expect(await packagesOf(await begin())).toMatchObject([{ version: 2 }]);
  });

  it('are the first version of what was made after it began', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { begin } = await deployedSite(site);
    const { runId } = await begin();
    const { id } = await site.packages.add({ name: 'Late', kind: 'script', ...contents('7') }, saved);
    await site.packages.addVersion(id, contents('8'), saved);
    const { content_revision: revision } = await test.database.sql
      .selectFrom('runs')
      .select('content_revision')
      .where('id', '=', runId)
      .executeTakeFirstOrThrow();

    expect(await site.packages.get(id, revision)).toMatchObject({ version: 1 });
    expect((await site.packages.list(revision)).map(({ name, version }) => [name, version])).toEqual([
      ['Late', 1],
      ['Setup', 1],
    ]);
  });

  it('keep a version from being deleted, and distribution points keep it too, until the run has ended', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { packageId, begin, end } = await deployedSite(site);
    for (const digit of ['5', '6', '7']) {
      const row = { sha256: someSha(digit), size_bytes: 10, stored_at: Number(digit), unreferenced_at: null };
      await test.database.sql.insertInto('content').values(row).execute();
    }
    await site.packages.addVersion(packageId, contents('6'), saved);
    const run = await begin();
    await site.packages.addVersion(packageId, contents('7'), saved);
    const placed = async () =>
      (await wantedContent(test.database.sql, { id: 'point', assignment: 'all' })).map(({ sha256 }) => sha256.slice(0, 1));

    expect(await site.features.answers.versionUsers(packageId)).toEqual(new Map([[2, ['the run on lab-1']]]));
    expect(await placed()).toEqual(['6', '7']);
    await end(run);
    expect(await site.features.answers.versionUsers(packageId)).toEqual(new Map());
    expect(await placed()).toEqual(['7']);
  });
});
