/** Requests of a machine that somebody kept and sends again: while the run goes on they change nothing, after it they get nothing. */
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, aMessage, deploymentSite, mac, type DeploymentSite } from '../../test/deployment-site.ts';

const recoveryKey = { volumeId: '11111111-2222-4333-8444-555555555555', mountPoint: '/', key: 'cbdefghi-jklnrtuv' };
const atStart = { 'content-type': 'text/plain', 'upload-offset': '0' };

/** A machine in a required run, and what it sends, in order. */
async function aMachine(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
  await site.call('PUT', `/devices/${device.id}/variables/Password`, { value: 'hunter2', secret: true });
  const taskSequenceId = await site.addSequence('Deploy');
  const deployment = (await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required' })).body;
  const { key, runId } = (await site.call('POST', '/agent/hello', aHello(), '')).body;
  const path = `/agent/runs/${runId}`;
  const requests = [
    ['GET', path, undefined, {}],
    ['POST', `${path}/secrets/Password`, undefined, {}],
    ['PUT', `${path}/journal`, aJournal({ revision: 1 }), {}],
    ['POST', `${path}/status`, { messages: [aMessage(1), aMessage(2)], progress: null }, {}],
    ['PATCH', `${path}/log`, 'first line\n', atStart],
    ['POST', `${path}/state-stores`, { purpose: 'capture' }, {}],
    ['PUT', `${path}/journal`, aJournal({ revision: 2, cursor: [1] }), {}],
  ] as const;
  return { device, deployment, key, runId, path, requests };
}

async function sendAll(site: DeploymentSite, requests: Awaited<ReturnType<typeof aMachine>>['requests'], key: string) {
  const statuses: number[] = [];
  for (const [method, path, body, headers] of requests) statuses.push((await site.call(method, path, body, key, headers)).status);
  return statuses;
}

async function whatIsKept(site: DeploymentSite, runId: string) {
  const { sql } = site.database;
  const log = await site.api.inject({ url: `/api/v1/runs/${runId}/log`, headers: { authorization: 'Bearer admin' } });
  return {
    run: await sql.selectFrom('runs').select(['state', 'journal', 'journal_revision', 'step']).execute(),
    messages: await sql.selectFrom('run_messages').select(['sequence', 'message']).orderBy('sequence').execute(),
    stores: await sql.selectFrom('state_stores').select(['id', 'state']).execute(),
    recoveryKeys: await sql.selectFrom('recovery_keys').select('id').execute(),
    log: log.body,
  };
}

describe.each(databases)('what a machine has sent, sent again, on $dialect', ({ open }) => {
  it('changes nothing while its run goes on', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { key, runId, requests } = await aMachine(site);
    await sendAll(site, requests, key);
    const before = await whatIsKept(site, runId);

    const again = await sendAll(site, requests, key);

    expect(again.filter((status) => status >= 500)).toEqual([]);
    expect(await whatIsKept(site, runId)).toEqual(before);
    expect(before).toMatchObject({ run: [{ journal_revision: 2 }], log: 'first line\n' });
    expect(before.messages).toHaveLength(2);
    expect(before.stores).toHaveLength(1);
  });

  it('gets nothing once the run has ended, also when the computer is deployed again', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { device, deployment, key, runId, path, requests } = await aMachine(site);
    await sendAll(site, requests, key);
    await site.call('POST', `${path}/recovery-keys`, recoveryKey, key);
    await site.call('PUT', `${path}/journal`, aJournal({ revision: 3, cursor: null, result: 'succeeded' }), key);
    expect((await site.call('POST', `${path}/finish`, undefined, key)).status).toBe(200);
    const before = await whatIsKept(site, runId);

    const afterTheEnd = await sendAll(site, requests, key);
    await site.call('POST', `/deployments/${deployment.id}/rerun`, { deviceId: device.id });
    const next = (await site.call('POST', '/agent/hello', aHello({ claim: 'd'.repeat(32) }), '')).body;
    const inTheNextRun = await sendAll(site, requests, key);
    const withTheNextKey = await sendAll(site, requests, next.key);

    expect(next.runId).not.toBe(runId);
    expect(new Set([...afterTheEnd, ...inTheNextRun])).toEqual(new Set([401]));
    expect(new Set(withTheNextKey)).toEqual(new Set([403]));
    const { run, ...rest } = await whatIsKept(site, runId);
    expect(rest).toEqual({ messages: before.messages, stores: before.stores, recoveryKeys: before.recoveryKeys, log: before.log });
    expect(run).toEqual(expect.arrayContaining(before.run));
  });
});
