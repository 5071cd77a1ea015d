import type { KyselyPlugin } from 'kysely';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, mac, uuid, type DeploymentSite } from '../../test/deployment-site.ts';

const installed = {
  startsIn: 'installed-os',
  steps: [{ type: 'run-command-line', name: 'Say', options: { commandLine: 'true' } }],
};

function asked(changes: { mac?: string; uuid?: string | null; claim?: string; password?: string; token?: string } = {}) {
  const { token, ...ofHello } = changes;
  const { facts, claim } = aHello(ofHello);
  const { password } = changes;
  return {
    facts,
    claim,
    computerName: 'own-name',
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
  };
}

/** A computer of the site whose installed system has a client, and the calls that it makes. */
async function aClient(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
  const enrolled = (await enrol(site)).body;
  const poll = async (key = enrolled.key) => (await site.call('POST', '/client/poll', undefined, key)) as unknown as Polled;
  const deploy = async (name: string, body: object, sequence: object = installed): Promise<string> => {
    const taskSequenceId = await site.addSequence(name, sequence);
    site.clock.nowMs += 1;
    return (await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, ...body })).body.id;
  };
  return { device, collectionId: collection.id, key: enrolled.key, poll, deploy };
}

interface Polled {
  readonly status: number;
  readonly body: {
    readonly pollSeconds: number;
    readonly run: { readonly runId: string; readonly key: string; readonly environment: string } | null;
    readonly code: string;
  };
}

function enrol(site: DeploymentSite, changes: Parameters<typeof asked>[0] = {}) {
  return site.call('POST', '/client/enrol', asked(changes), '');
}

async function endRun(site: DeploymentSite, { runId, key }: { readonly runId: string; readonly key: string }, result = 'succeeded') {
  await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ result, environment: 'installed-os' }), key);
  return site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
}

describe.each(databases)('the client of an installed system, on $dialect', ({ open }) => {
  it('gets a required deployment that begins there, once, with a key of the run, and stays', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { poll, deploy, key } = await aClient(site);

    const before = await poll();
    const deployment = await deploy('Software', { purpose: 'required' });
    const { run } = (await poll()).body;
    const again = (await poll()).body.run;

    expect(before.body).toMatchObject({ run: null, agent: { sha256: '9'.repeat(64) } });
    expect(before.body.pollSeconds).toBeGreaterThanOrEqual(270);
    expect(before.body.pollSeconds).toBeLessThanOrEqual(330);
    expect([run?.environment, again?.runId, run?.key === key]).toEqual(['installed-os', run?.runId, false]);
    expect((await site.call('GET', `/agent/runs/${again?.runId}`, undefined, again?.key)).body.definition).toMatchObject({
      name: 'Software',
    });
    expect(await site.bootScript(mac, uuid)).toContain('in the installed system');

    await endRun(site, again!);
    expect((await poll()).body.run).toBeNull();
    expect((await site.call('GET', `/runs?deploymentId=${deployment}`)).body.items).toMatchObject([{ state: 'succeeded' }]);
    expect((await site.call('GET', '/clients')).body.items).toMatchObject([{ deviceName: 'lab-1', enrolledBy: 'trust' }]);
  });

  it('is not given what is for network boot only, and is asked back at the deadline of what is due later', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { poll, deploy } = await aClient(site);
    const wipe = { steps: [{ type: 'run-command-line', name: 'Wipe', options: { commandLine: 'true' } }], startsIn: 'boot-image' };
    await deploy('Wipe', { purpose: 'required' }, wipe);
    expect((await poll()).body.run).toBeNull();

    const deadlineAt = new Date(site.clock.nowMs + 90_000).toISOString().slice(0, 16);
    await deploy('Both', { purpose: 'required', availableTo: 'clients-media-and-network-boot', schedule: { deadlineAt } }, wipe);
    const early = (await poll()).body;
    expect([early.run, early.pollSeconds <= 90]).toEqual([null, true]);

    site.clock.nowMs += 90_000;
    expect((await poll()).body.run).toMatchObject({ environment: 'installed-os' });
    expect(await site.bootScript(mac, uuid)).toContain('in the installed system');
  });

  it('asks soon again where something is due that a person has to answer, who can begin it at the computer', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { poll, deploy, key } = await aClient(site);
    const deploymentId = await deploy('Asks', { purpose: 'required' }, { ...installed, ask: { Floor: { pattern: '[0-9]' } } });
    const other = await deploy('Other', { purpose: 'available' });

    const waiting = (await poll()).body;
    const offer = await site.call('GET', '/client/deployments', undefined, key);
    const begin = (answers: object[]) => site.call('POST', '/client/runs', { deploymentId, answers }, key);
    const refused = await begin([]);
    const begun = (await begin([{ name: 'Floor', value: '3' }])).body;

    expect([waiting.run, waiting.pollSeconds <= 60]).toEqual([null, true]);
    expect(offer.body).toMatchObject({
      deviceName: 'lab-1',
      running: null,
      items: [
        { deploymentId, purpose: 'required', startsIn: 'installed-os', lastRun: null },
        { deploymentId: other, purpose: 'available' },
      ],
    });
    expect(refused.body.code).toBe('VARIABLE_ANSWER_REFUSED');
    const { run } = (await poll()).body;
    expect(run?.runId).toBe(begun.runId);
    expect((await site.call('GET', `/agent/runs/${run?.runId}`, undefined, run?.key)).body.variables).toContainEqual(
      expect.objectContaining({ name: 'Floor', value: '3' }),
    );
    expect((await site.call('POST', '/client/runs', { deploymentId: other }, key)).body.code).toBe('RUN_IN_PROGRESS');
  });

  it('proves itself by the password, or by approval, where the site wants that', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ trust: 'password', unknownComputers: 'menu', targetPassword: 'correct horse' });
    const without = (await enrol(site)).body;
    const wrong = (await enrol(site, { password: 'battery' })).body;
    const right = (await enrol(site, { password: 'correct horse' })).body;

    await site.settings.update({ trust: 'approval', unknownComputers: 'approval' });
    const other = { mac: '52:54:00:00:00:99', uuid: null, claim: 'd'.repeat(32) };
    const waits = (await enrol(site, other)).body;
    const [pending] = (await site.call('GET', '/devices?state=pending')).body.items;
    await site.call('PATCH', `/devices/${pending?.id}`, { state: 'approved' });

    expect([without.state, wrong.wrong, right.state]).toEqual(['password-required', true, 'enrolled']);
    expect(waits.state).toBe('waiting-for-approval');
    expect((await enrol(site, other)).body).toMatchObject({ state: 'enrolled', deviceId: pending?.id });
    await site.settings.update({ unknownComputers: 'ignore' });
    expect((await enrol(site, { ...other, mac: '52:54:00:00:00:98' })).body.state).toBe('refused');
  });

  it('is not pushed out by whoever knows the ids of its computer, but a lost answer is given again', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { poll, device } = await aClient(site);

    const sameAgain = (await enrol(site)).body;
    const stranger = (await enrol(site, { claim: 'e'.repeat(32) })).body;

    expect([sameAgain.state, stranger.state]).toEqual(['enrolled', 'refused']);
    expect((await poll()).status).toBe(401);
    expect((await poll(sameAgain.key)).status).toBe(200);
    await site.call('DELETE', `/clients/${device.id}`);
    expect((await poll(sameAgain.key)).body.code).toBe('UNAUTHENTICATED');
    expect((await enrol(site, { claim: 'e'.repeat(32) })).body.state).toBe('enrolled');
  });

  it('is let in by a token once: any computer, or the one that it was made for, in time', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
    const make = async (body: object) => (await site.call('POST', '/enrolment-tokens', body)).body as unknown as { token: string };
    const stranger = { mac: '52:54:00:00:00:99', uuid: null, claim: 'd'.repeat(32) };

    const bound = await make({ deviceId: device.id });
    const open1 = await make({});
    const old = await make({ hours: 1 });
    expect((await enrol(site, { ...stranger, token: bound.token })).body.state).toBe('refused');
    expect((await enrol(site, { token: bound.token })).body).toMatchObject({ state: 'enrolled', deviceName: 'lab-1' });
    expect((await enrol(site, { ...stranger, token: open1.token })).body).toMatchObject({ state: 'enrolled', deviceName: 'own-name' });
    // The answer was lost: the same computer asks once more with the token that it has used up; nobody else can.
    expect((await enrol(site, { ...stranger, token: open1.token })).body.state).toBe('enrolled');
    expect((await enrol(site, { token: open1.token, claim: 'f'.repeat(32) })).body.state).toBe('refused');
    site.clock.nowMs += 3_600_000;
    expect((await enrol(site, { token: old.token, claim: 'f'.repeat(32) })).body.state).toBe('refused');
    expect((await site.call('GET', '/enrolment-tokens')).body.items).toEqual([]);
    expect((await site.call('GET', '/devices?state=approved')).body.items).toMatchObject([{ name: 'lab-1' }, { name: 'own-name' }]);
  });

  it('loses its key when its device is blocked or deleted, and when it leaves', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { poll, device, key } = await aClient(site);

    await site.call('PATCH', `/devices/${device.id}`, { state: 'blocked' });
    const blocked = (await poll()).status;
    await site.call('PATCH', `/devices/${device.id}`, { state: 'approved' });
    const second = (await enrol(site, { claim: 'd'.repeat(32) })).body.key;
    const left = await site.call('DELETE', '/client', undefined, second);
    const third = (await enrol(site, { claim: 'e'.repeat(32) })).body.key;
    await site.call('DELETE', `/devices/${device.id}`);

    expect([blocked, (await poll()).status, left.status, (await poll(second)).status, (await poll(third)).status]).toEqual([
      401, 401, 200, 401, 401,
    ]);
    expect((await site.call('GET', '/client/deployments', undefined, key)).status).toBe(401);
    expect((await site.call('POST', '/client/poll', undefined, 'admin')).status).toBe(401);
  });

  it('is another one after the computer was deployed anew, or none', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { poll, key, collectionId } = await aClient(site);
    const taskSequenceId = await site.addSequence('Install');
    await site.call('POST', '/deployments', { taskSequenceId, collectionId, purpose: 'required' });
    const { runId, key: runKey } = (await site.call('POST', '/agent/hello', aHello(), '')).body;
    const setUp = (keep: boolean) => site.call('PUT', `/agent/runs/${runId}/client`, { keep }, runKey);

    const kept = (await setUp(true)).body.key;
    const none = (await setUp(false)).body.key;
    const last = (await setUp(true)).body.key;
    const ofAnother = await site.call('PUT', '/agent/runs/run-other/client', { keep: true }, runKey);

    expect([none, ofAnother.status]).toEqual([null, 403]);
    expect([(await poll(key)).status, (await poll(kept)).status, (await poll(last)).status]).toEqual([401, 401, 200]);
  });

  it('goes on with a run that an administrator begins again, there or in the boot environment', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { poll, deploy } = await aClient(site);
    await deploy('Software', { purpose: 'required' });
    const first = (await poll()).body.run!;
    await endRun(site, first, 'failed');

    await site.call('POST', `/runs/${first.runId}/restart`, {});
    const second = (await poll()).body.run;

    expect(second).toMatchObject({ runId: first.runId, environment: 'installed-os' });
    expect((await site.call('GET', `/agent/runs/${second?.runId}`, undefined, second?.key)).body.journal).toMatchObject({
      environment: 'installed-os',
      goOnIn: null,
    });
  });

  it('costs two queries when there is nothing to do', async () => {
    await using test = await open();
    let queries = 0;
    const counting: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        queries += 1;
        return result;
      },
    };
    await using site = await deploymentSite({ ...test.database, sql: test.database.sql.withPlugin(counting) });
    const { poll, deploy } = await aClient(site);
    await deploy('Software', { purpose: 'required' });
    await endRun(site, (await poll()).body.run!);
    await poll();

    queries = 0;
    expect((await poll()).body.run).toBeNull();
    expect(queries).toBe(2);
  });
});

it('the install script pins the CA and each program by its hash, and says nothing secret', async () => {
  await using test = await databases[0]!.open();
  await using site = await deploymentSite(test.database);
  await site.settings.update({ name: 'Über`$(reboot)\n'.trim() });

  const answer = await site.api.inject({ method: 'GET', url: '/api/v1/client/install-script' });

  expect(answer.statusCode).toBe(200);
  expect(answer.body).toContain("site='https://127.0.0.1:8443'");
  expect(answer.body).toContain('-----BEGIN CERTIFICATE-----');
  expect(answer.body).toMatch(/fetch '\/api\/v1\/client\/program\/[0-9a-f]{64}' 'node' '[0-9a-f]{64}'/);
  expect(answer.body).toContain(`fetch '/api/v1/agent/bundle/${'9'.repeat(64)}' agent.mjs '${'9'.repeat(64)}'`);
  const node = /\/api\/v1\/client\/program\/[0-9a-f]{64}/.exec(answer.body)?.[0] ?? '';
  expect((await site.api.inject({ method: 'HEAD', url: node })).statusCode).toBe(200);
  expect((await site.api.inject({ method: 'HEAD', url: node.replace(/.{4}$/, '0000') })).statusCode).toBe(404);
});
