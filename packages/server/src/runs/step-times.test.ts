import type { StatusMessage } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, aMessage, deploymentSite, mac, type DeploymentSite } from '../../test/deployment-site.ts';

const minuteMs = 60_000;
type Kind = StatusMessage['kind'];
/** A status message, and how long after the one before it arrives. */
type Told = readonly [kind: Kind, path: readonly number[], afterMs: number];

/** Disk: 1 minute. Apply: 4 minutes, then 2 minutes until the run's end. */
const undisturbed: readonly Told[] = [
  ['run-started', [], 0],
  ['step-started', [0], 0],
  ['step-succeeded', [0], minuteMs],
  ['step-started', [1], 0],
  ['step-succeeded', [1], 4 * minuteMs],
];

/** A site with a required deployment, whose runs succeed and are allowed again. */
async function deployedSite(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
  const taskSequenceId = await site.addSequence('Install Debian');
  const deployment = (await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required' })).body;
  const begin = async (model = 'Standard PC') => {
    const hello = aHello();
    const { key, runId } = (await site.call('POST', '/agent/hello', { ...hello, facts: { ...hello.facts, model } }, '')).body;
    const { expectedTimes } = (await site.call('GET', `/agent/runs/${runId}`, undefined, key)).body;
    return { key, runId, expectedTimes };
  };
  const succeed = async ({ key, runId }: { readonly key: string; readonly runId: string }, told: readonly Told[]): Promise<void> => {
    for (const [index, [kind, path, afterMs]] of told.entries()) {
      site.clock.nowMs += afterMs;
      const messages = [{ ...aMessage(index + 1), kind, path }];
      expect((await site.call('POST', `/agent/runs/${runId}/status`, { messages, progress: null }, key)).status).toBe(200);
    }
    site.clock.nowMs += 2 * minuteMs;
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 9, cursor: null, result: 'succeeded' }), key);
    expect((await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key)).status).toBe(200);
    await site.call('POST', `/deployments/${deployment.id}/rerun`, { deviceId: device.id });
  };
  return { begin, succeed, taskSequenceId };
}

describe.each(databases)('how long steps take, on $dialect', ({ open }) => {
  it('is not known at first, and after a run that succeeded the next computer of the model is told', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { begin, succeed } = await deployedSite(site);

    const first = await begin();
    expect(first.expectedTimes).toEqual([]);
    await succeed(first, undisturbed);

    expect((await begin()).expectedTimes).toEqual([
      { path: [0], environment: 'boot-image', stepSeconds: 60, runSeconds: 420 },
      { path: [1], environment: 'boot-image', stepSeconds: 240, runSeconds: 360 },
    ]);
  });

  it('is another matter on another model', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { begin, succeed } = await deployedSite(site);
    await succeed(await begin(), undisturbed);

    expect((await begin('Latitude 5450')).expectedTimes).toEqual([]);
  });

  it('is not learnt from a run that was paused or lost its power', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { begin, succeed } = await deployedSite(site);

    await succeed(await begin(), [...undisturbed.slice(0, 3), ['paused', [1], 0], ['continued', [1], minuteMs], ...undisturbed.slice(3)]);
    await succeed(await begin(), [...undisturbed.slice(0, 3), ['resumed', [1], minuteMs], ...undisturbed.slice(3)]);

    expect((await begin()).expectedTimes).toEqual([]);
  });

  it('counts a step that a restart cuts in two from each beginning, and follows what newer runs take', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { begin, succeed } = await deployedSite(site);

    await succeed(await begin(), undisturbed);
    await succeed(await begin(), [...undisturbed.slice(0, 4), ['restarting', [1], 2 * minuteMs], ['resumed', [1], minuteMs]]);

    expect((await begin()).expectedTimes).toMatchObject([
      { path: [0], stepSeconds: 60, runSeconds: 390 },
      { path: [1], stepSeconds: 180, runSeconds: 330 },
    ]);
  });
});
