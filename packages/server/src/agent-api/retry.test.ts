import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, mac, type DeploymentSite } from '../../test/deployment-site.ts';

const failure = { path: [1], stepName: 'Apply', exitCode: 1, error: { code: 'STEP_FAILED', message: 'x', details: {} } };
const hello = async (site: DeploymentSite, changes = {}) => (await site.call('POST', '/agent/hello', aHello(changes), '')).body;
const dayMs = 24 * 60 * 60_000;

/** A computer whose required run has failed: what its agent was answered. */
async function failedRun(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
  const taskSequenceId = await site.addSequence('Install Debian');
  await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required' });
  const { key, runId } = await hello(site);
  const fail = async (ownKey: string, revision: number): Promise<string | null> => {
    const journal = aJournal({ revision, cursor: null, result: 'failed', failure, variables: { Kept: { value: 'yes' } } });
    await site.call('PUT', `/agent/runs/${runId}/journal`, journal, ownKey);
    return (await site.call('POST', `/agent/runs/${runId}/finish`, undefined, ownKey)).body.retryProof;
  };
  const retry = (proof: string | null, id = runId) => site.call('POST', `/agent/runs/${id}/retry`, { proof }, '');
  return { device, key, runId, fail, retry };
}

describe.each(databases)('a failed run on $dialect', ({ open }) => {
  it('goes on at the failed step when a person at the computer wants it, with a new key, as often as it fails', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { key, runId, fail, retry } = await failedRun(site);

    const first = await retry(await fail(key, 9));

    expect(first.status).toBe(200);
    expect((await site.call('GET', `/agent/runs/${runId}`, undefined, key)).status).toBe(401);
    expect((await site.call('GET', `/agent/runs/${runId}`, undefined, first.body.key)).body.journal).toMatchObject({
      cursor: [1],
      result: null,
      variables: { Kept: { value: 'yes' } },
    });
    expect((await site.call('GET', `/runs/${runId}`)).body).toMatchObject({ state: 'running', failure: null });
    site.clock.nowMs += 1000;
    expect((await retry(await fail(first.body.key, 20))).status).toBe(200);
  });

  it('is not begun again by a proof that was used, is of another run, or is too old', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { key, fail, retry } = await failedRun(site);
    const proof = await fail(key, 9);

    expect((await retry('bm90IGEgcHJvb2Y=')).body).toMatchObject({ code: 'RUN_RETRY_REFUSED' });
    expect((await retry(proof, 'run-other')).body).toMatchObject({ details: { problem: 'the proof is not of this run' } });
    site.clock.nowMs += dayMs + 1;
    expect((await retry(proof)).body).toMatchObject({ details: { problem: 'it ended too long ago' } });
    site.clock.nowMs -= dayMs;
    expect((await retry(proof)).status).toBe(200);
    expect((await retry(proof)).body).toMatchObject({ details: { problem: 'it has gone on or was ended meanwhile' } });
  });

  it('is left to administrators where the site does not permit it, or the computer was blocked meanwhile', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { device, key, fail, retry } = await failedRun(site);
    const proof = await fail(key, 9);

    await site.settings.update({ retryOnTarget: false });
    expect((await retry(proof)).body).toMatchObject({ details: { problem: 'the site does not permit it' } });
    await site.settings.update({ retryOnTarget: true });
    expect((await site.call('PATCH', `/devices/${device.id}`, { state: 'blocked' })).status).toBe(200);
    expect((await retry(proof)).body).toMatchObject({ details: { problem: 'the computer is no longer approved' } });
  });

  it('comes with no proof where the site does not permit it', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { key, fail } = await failedRun(site);
    await site.settings.update({ retryOnTarget: false });

    expect(await fail(key, 9)).toBeNull();
  });
});
