import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, type DeploymentSite } from '../../test/deployment-site.ts';

const macOf = (number: number): string => `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;
type Result = 'succeeded' | 'failed';

/** Ten computers with a required deployment. */
async function fleet(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  for (let number = 1; number <= 10; number += 1) {
    const { id } = (await site.call('POST', '/devices', { name: `pc-${number}`, macAddresses: [macOf(number)] })).body;
    await site.call('PUT', `/collections/${collection.id}/members/${id}`);
  }
  const body = { taskSequenceId: await site.addSequence('Install'), collectionId: collection.id, purpose: 'required' };
  const begin = async (number: number) => (await site.call('POST', '/agent/hello', aHello({ mac: macOf(number), uuid: null }), '')).body;
  const finish = async ({ runId, key }: { readonly runId: string; readonly key: string }, result: Result) => {
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 9, cursor: null, result }), key);
    return site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
  };
  const run = async (number: number, result: Result): Promise<void> => {
    site.clock.nowMs += 1000;
    await finish(await begin(number), result);
  };
  return {
    begin,
    finish,
    run,
    deploy: async (changes: object = {}) => (await site.call('POST', '/deployments', { ...body, ...changes })).body.id,
    deployment: async () => (await site.call('GET', '/deployments')).body.items[0],
  };
}

describe.each(databases)('a deployment, on $dialect', ({ open }) => {
  it('pauses itself when three runs have failed that are more than a tenth, begins nowhere then, and says why', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { begin, finish, run, deploy, deployment } = await fleet(site);
    const id = await deploy();
    const goesOn = await begin(10);

    await run(1, 'failed');
    await run(2, 'succeeded');
    await run(3, 'failed');
    expect(await deployment()).toMatchObject({ paused: null });
    await run(4, 'failed');

    const reason = '3 of 4 runs have failed: 3 or more, and over 10 %';
    expect(await deployment()).toMatchObject({ paused: { at: '2026-11-22T10:00:04.000Z', by: null, reason } });
    expect(await begin(5)).toMatchObject({ runId: null, menu: [] });
    expect((await finish(goesOn, 'succeeded')).status).toBe(200);
    expect((await site.call('GET', `/deployments/${id}/status`)).body).toMatchObject({ deployment: { paused: { reason } } });
  });

  it('goes on when it is resumed, and counts failures anew', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { begin, run, deploy, deployment } = await fleet(site);
    const id = await deploy();
    for (const number of [1, 2, 3]) await run(number, 'failed');
    site.clock.nowMs += 1000;

    await site.call('POST', `/deployments/${id}/resume`);
    await run(4, 'failed');
    expect(await deployment()).toMatchObject({ paused: null });
    expect((await begin(5)).runId).toMatch(/^run-/);
  });

  it('bears failures below its own threshold, and never pauses itself where it has none', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { run, deploy, deployment } = await fleet(site);
    const id = await deploy({ failureThreshold: { failures: 2, percent: 50 } });

    for (const [number, result] of [
      [1, 'succeeded'],
      [2, 'succeeded'],
      [3, 'failed'],
      [4, 'failed'],
    ] as const)
      await run(number, result);
    expect(await deployment()).toMatchObject({ paused: null, failureThreshold: { failures: 2, percent: 50 } });
    await site.call('PATCH', `/deployments/${id}`, { failureThreshold: null });
    for (const number of [5, 6, 7]) await run(number, 'failed');
    expect(await deployment()).toMatchObject({ paused: null, failureThreshold: null });
  });

  it('is paused and stopped by a person, with a reason: stopping also ends what runs', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { begin, deploy, deployment } = await fleet(site);
    const id = await deploy();
    const [first, second] = [await begin(1), await begin(2)];
    const cancelRequested = async ({ runId, key }: typeof first) =>
      (await site.call('POST', `/agent/runs/${runId}/status`, { messages: [], progress: null }, key)).body.cancelRequested;

    await site.call('POST', `/deployments/${id}/pause`, { reason: 'wrong image' });
    expect(await deployment()).toMatchObject({ paused: { by: 'admin', reason: 'wrong image' } });
    expect(await begin(3)).toMatchObject({ runId: null, menu: [] });
    expect(await cancelRequested(first)).toBe(false);

    site.clock.nowMs += 121_000;
    expect(await cancelRequested(first)).toBe(false);
    const stopped = await site.call('POST', `/deployments/${id}/stop`, { reason: 'now really' });
    expect(stopped.body).toMatchObject({ runCount: 2, deployment: { paused: { reason: 'wrong image' } } });
    expect(await cancelRequested(first)).toBe(true);
    expect((await site.call('GET', `/runs/${second.runId}`)).body.state).toBe('cancelled');
    expect((await site.call('POST', '/deployments/deployment-none/pause', {})).body.code).toBe('NOT_FOUND');
  });
});
