import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, aMessage, deploymentSite, image, mac, someSha, uuid, type DeploymentSite } from '../../test/deployment-site.ts';

/** An imported device with a deployment to a collection of its own. */
async function deployed(site: DeploymentSite, purpose: 'required' | 'available') {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device?.id}`);
  const taskSequenceId = await site.addSequence('Install Debian');
  const deployment = (await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose })).body;
  return { device, collection, taskSequenceId, deployment };
}
const hello = async (site: DeploymentSite, changes = {}) => (await site.call('POST', '/agent/hello', aHello(changes), '')).body;

describe.each(databases)('a machine on $dialect', ({ open }) => {
  it('lives through a whole run: boot, hello, assignment, journal, messages, log, end, and never loops', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { device, deployment } = await deployed(site, 'required');
    expect(await site.bootScript(mac, uuid)).toContain('Required deployment: Install Debian');

    const answer = await hello(site);
    expect(answer).toMatchObject({ state: 'ready', deviceId: device?.id, deviceName: 'lab-1', menu: [] });
    const { key, runId } = answer;
    const run = (await site.call('GET', `/agent/runs/${runId}`, undefined, key)).body;
    expect(run).toMatchObject({
      definition: { name: 'Install Debian' },
      images: [{ id: image.id }],
      journal: null,
      nextMessageSequence: 1,
    });
    expect(Buffer.from(run.sealingKey, 'base64')).toHaveLength(32);
    expect(await site.bootScript(mac, uuid)).toContain('Going on with Install Debian');

    const installed = aJournal({ revision: 2, environment: 'installed-os' });
    expect((await site.call('PUT', `/agent/runs/${runId}/journal`, installed, key)).body).toEqual({
      revision: 2,
      cancelRequested: false,
      pauseRequested: false,
      restartHold: null,
      debugOrders: [],
    });
    expect((await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal(), key)).body.revision).toBe(2);
    expect(await site.bootScript(mac, uuid)).toContain('in the installed system');
    const report = { messages: [aMessage(1), aMessage(2)], progress: null };
    expect((await site.call('POST', `/agent/runs/${runId}/status`, report, key)).body.acknowledged).toBe(2);
    expect((await site.call('POST', `/agent/runs/${runId}/status`, report, key)).body.acknowledged).toBe(2);
    expect((await site.call('GET', `/runs/${runId}/messages`)).body.items).toHaveLength(2);
    const log = { 'content-type': 'text/plain', 'upload-offset': '0' };
    expect((await site.call('PATCH', `/agent/runs/${runId}/log`, 'hello\n', key, log)).status).toBe(204);
    expect((await site.call('PATCH', `/agent/runs/${runId}/log`, 'hello\nworld\n', key, log)).status).toBe(204);
    const written = await site.api.inject({ url: `/api/v1/runs/${runId}/log`, headers: { authorization: 'Bearer admin' } });
    expect(written.body).toBe('hello\nworld\n');

    expect((await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key)).body.code).toBe('RUN_NOT_FINISHED');
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 3, cursor: null, result: 'succeeded' }), key);
    expect((await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key)).body).toEqual({ ok: true, retryProof: null });
    expect((await site.call('GET', `/agent/runs/${runId}`, undefined, key)).status).toBe(401);
    expect((await site.call('GET', `/runs/${runId}`)).body).toMatchObject({ state: 'succeeded', failure: null });
    expect(await site.bootScript(mac, uuid)).toContain('Nothing is deployed');

    await site.call('POST', `/deployments/${deployment.id}/rerun`, { deviceId: device?.id });
    expect((await site.call('GET', `/deployments/${deployment.id}/status`)).body.counts.waiting).toBe(1);
    expect(await site.bootScript(mac, uuid)).toContain('Required deployment: Install Debian');
  });

  it('that failed is not deployed again by itself', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await deployed(site, 'required');
    const { key, runId } = await hello(site);

    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 9, result: 'failed' }), key);
    await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);

    expect(await site.bootScript(mac, uuid)).toContain('Nothing is deployed');
    expect(await hello(site)).toMatchObject({ state: 'ready', runId: null, menu: [] });
  });

  it('merges variables by precedence and gives a secret one at a time, never to people', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { device, collection } = await deployed(site, 'required');
    await site.call('PUT', `/collections/all-systems/variables/PLACE`, { value: 'all' });
    await site.call('PUT', `/collections/${collection.id}/variables/Place`, { value: 'collection' });
    await site.call('PUT', `/collections/${collection.id}/variables/Room`, { value: '42' });
    await site.call('PUT', `/devices/${device?.id}/variables/place`, { value: 'device' });
    await site.call('PUT', `/devices/${device?.id}/variables/AdminPassword`, { value: 'hunter2', secret: true });

    const { key, runId } = await hello(site);
    const { body } = await site.call('GET', `/agent/runs/${runId}`, undefined, key);

    expect(body.variables).toContainEqual({ name: 'place', value: 'device', secret: false });
    expect(body.variables).toContainEqual({ name: 'Room', value: '42', secret: false });
    expect(body.variables).toContainEqual({ name: 'Only', value: 'sequence', secret: false });
    expect(body.variables).toContainEqual({ name: 'AdminPassword', value: null, secret: true });
    expect((await site.call('POST', `/agent/runs/${runId}/secrets/adminpassword`, undefined, key)).body).toEqual({ value: 'hunter2' });
    expect((await site.call('POST', `/agent/runs/${runId}/secrets/Room`, undefined, key)).status).toBe(404);
    expect((await site.call('GET', `/devices/${device?.id}/variables`)).body.items).toContainEqual({
      name: 'AdminPassword',
      value: null,
      secret: true,
      asked: false,
      question: null,
    });
    const stored = await site.database.sql.selectFrom('variables').select('value').execute();
    expect(JSON.stringify(stored)).not.toContain('hunter2');
  });

  it('chooses from what is offered to it, once', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deployment } = await deployed(site, 'available');
    expect(await site.bootScript(mac, uuid)).toContain('Press Esc within 10 seconds');
    const { key, runId, menu } = await hello(site);
    expect({ runId, menu: menu.map((entry) => entry.deploymentId) }).toEqual({
      runId: null,
      menu: [deployment.id],
    });

    expect((await site.call('POST', '/agent/choose', { deploymentId: 'deployment-other' }, key)).body.code).toBe('DEPLOYMENT_NOT_OFFERED');
    const chosen = await site.call('POST', '/agent/choose', { deploymentId: deployment.id }, key);

    expect(chosen.body.runId).toMatch(/^run-/);
    // The answer to the first may have been lost.
    expect((await site.call('POST', '/agent/choose', { deploymentId: deployment.id }, key)).body).toEqual(chosen.body);
    expect((await site.call('POST', '/agent/choose', { deploymentId: 'deployment-other' }, key)).status).toBe(403);
    expect((await hello(site)).runId).toBe(chosen.body.runId);
  });

  it('has one run at a time, whatever asks for a second', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await deployed(site, 'required');

    const answers = await Promise.all([hello(site), hello(site)]);

    const runs = (await site.call('GET', '/runs')).body.items;
    expect(runs).toHaveLength(1);
    expect(answers.every((answer) => answer.runId === undefined || answer.runId === runs[0]?.id)).toBe(true);
    const row = await site.database.sql.selectFrom('runs').selectAll().executeTakeFirstOrThrow();
    await expect(
      site.database.sql
        .insertInto('runs')
        .values({ ...row, id: 'run-2', number: 2 })
        .execute(),
    ).rejects.toThrow();
  });

  it('reads the content of its run, the agent and the boot environment, and nothing else', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { device } = await deployed(site, 'required');
    const { runId } = await hello(site);
    const mayRead = (sha256: string) => site.features.answers.mayRead({ kind: 'agent', deviceId: device?.id, runId }, sha256);

    expect(await Promise.all([image.content.sha256, someSha('9'), someSha('c')].map(mayRead))).toEqual([true, true, true]);
    expect(await Promise.all([someSha('2'), someSha('a')].map(mayRead))).toEqual([false, false]);
    expect(await site.features.answers.mayRead({ kind: 'agent', deviceId: device?.id, runId: null }, image.content.sha256)).toBe(false);
    expect(await site.features.answers.imageUsers(image.id)).toEqual([
      'the task sequence Install Debian (version 1)',
      'the deployment Install Debian → Lab',
      'the run on lab-1',
    ]);
  });

  it('whose machine is gone is cancelled at once; one that answers, at its next report', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await deployed(site, 'required');
    const { key, runId } = await hello(site);

    expect((await site.call('POST', `/runs/${runId}/cancel`)).body.state).toBe('running');
    expect((await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal(), key)).body.cancelRequested).toBe(true);
    site.clock.nowMs += 3_600_000;
    expect((await site.call('POST', `/runs/${runId}/cancel`)).body.state).toBe('cancelled');

    expect((await site.call('GET', `/agent/runs/${runId}`, undefined, key)).status).toBe(401);
    expect((await site.call('POST', `/runs/${runId}/cancel`)).body.code).toBe('RUN_ENDED');
  });
});

describe.each(databases)('a hostile machine on $dialect', ({ open }) => {
  it('cannot touch the run of another device, nor use a key that was replaced or revoked', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { device } = await deployed(site, 'required');
    const first = await hello(site);
    await site.call('POST', '/devices', { name: 'lab-2', macAddresses: ['52:54:00:00:00:02'] });
    const other = await hello(site, { mac: '52:54:00:00:00:02', uuid: null, claim: 'd'.repeat(32) });

    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PUT', '/journal', aJournal()],
      ['POST', '/status', { messages: [], progress: null }],
      ['POST', '/secrets/x', undefined],
      ['POST', '/finish', undefined],
    ] as const) {
      expect((await site.call(method, `/agent/runs/${first.runId}${path}`, body, other.key)).status).toBe(403);
    }
    const offset = { 'content-type': 'text/plain', 'upload-offset': '0' };
    expect((await site.call('PATCH', `/agent/runs/${first.runId}/log`, 'x', other.key, offset)).status).toBe(403);

    const second = await hello(site);
    expect((await site.call('GET', `/agent/runs/${first.runId}`, undefined, first.key)).status).toBe(401);
    await site.call('PATCH', `/devices/${device?.id}`, { state: 'blocked' });
    expect((await site.call('GET', `/agent/runs/${first.runId}`, undefined, second.key)).status).toBe(401);
    expect(await hello(site)).toMatchObject({ state: 'refused' });
  });

  it('with the ids of a machine that was just approved does not get its key', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ trust: 'approval', unknownComputers: 'approval' });
    const impostor = { claim: 'e'.repeat(32) };
    expect(await hello(site)).toMatchObject({ state: 'waiting-for-approval', deviceName: 'pc-525400123456' });
    const [device] = (await site.call('GET', '/devices?state=pending')).body.items;
    await site.call('PATCH', `/devices/${device?.id}`, { state: 'approved' });

    expect(await hello(site, impostor)).toMatchObject({ state: 'waiting-for-approval' });
    expect(await hello(site)).toMatchObject({ state: 'ready', deviceId: device?.id });

    site.clock.nowMs += 600_000;
    expect(await hello(site, impostor)).toMatchObject({ state: 'ready' });
  });

  it('that takes the place of a machine that went away has to be approved anew', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ trust: 'approval', unknownComputers: 'approval' });
    await hello(site);
    const [device] = (await site.call('GET', '/devices')).body.items;
    await site.call('PATCH', `/devices/${device?.id}`, { state: 'approved' });
    site.clock.nowMs += 120_000;

    expect(await hello(site, { claim: 'e'.repeat(32) })).toMatchObject({ state: 'waiting-for-approval' });

    expect((await site.call('GET', `/devices/${device?.id}`)).body.state).toBe('pending');
  });

  it('that guesses the password is slowed down; the right one is asked for once a boot', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await deployed(site, 'required');
    await site.settings.update({ trust: 'password', targetPassword: 'open sesame' });

    expect(await hello(site)).toEqual({ state: 'password-required', wrong: false, retryAfterSeconds: 0 });
    for (let guess = 0; guess < 5; guess += 1) expect((await hello(site, { password: 'wrong' })).wrong).toBe(true);
    expect((await hello(site, { password: 'open sesame' })).retryAfterSeconds).toBeGreaterThan(0);
    site.clock.nowMs += 120_000;
    expect(await hello(site, { password: 'open sesame' })).toMatchObject({ state: 'ready' });
    expect(await hello(site)).toMatchObject({ state: 'ready' });
    expect(await hello(site, { claim: 'e'.repeat(32) })).toMatchObject({ state: 'password-required' });
  });

  it('that is not known gets nothing from a site that ignores unknown computers', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ trust: 'automatic' });

    expect(await hello(site)).toMatchObject({ state: 'refused' });
    expect(await site.bootScript(mac, uuid)).toContain('not known to the site');
    expect((await site.call('GET', '/devices?state=unknown')).body.items).toHaveLength(1);
  });
});

it('an unknown computer runs what is deployed to unknown computers, and is known after that', async () => {
  await using test = await databases[0]!.open();
  await using site = await deploymentSite(test.database);
  await site.settings.update({ trust: 'automatic', unknownComputers: 'menu' });
  const taskSequenceId = await site.addSequence('Install Debian');
  await site.call('POST', '/deployments', {
    taskSequenceId,
    collectionId: 'all-unknown-computers',
    purpose: 'required',
    confirm: 'All Unknown Computers 0',
  });
  expect(await site.bootScript(mac, uuid)).toContain('Required deployment to unknown computers');

  const { key, runId, deviceId } = await hello(site);
  await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 5, result: 'succeeded' }), key);
  await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);

  expect((await site.call('GET', `/devices/${deviceId}`)).body).toMatchObject({ state: 'approved', smbiosUuid: uuid });
  expect(await site.bootScript(mac, uuid)).toContain('Nothing is deployed');
});
