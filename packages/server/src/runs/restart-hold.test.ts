import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, mac, uuid, type DeploymentSite } from '../../test/deployment-site.ts';

const until = '2026-11-23T20:00:00.000Z';
const held = { until, path: [0], target: 'installed-os', delaySeconds: 0, message: '' };
const steps = [{ type: 'run-command-line', name: 'Say', options: { commandLine: 'true' } }];

/** A computer with a client, whose only window is from 20:00 to 22:00 each day. It is 2026-11-22T20:30Z. */
async function inWindow(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'PC-1', macAddresses: [mac] })).body.id;
  const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body.id;
  await site.call('PUT', `/collections/${collection}/members/${device}`);
  const { facts, claim } = aHello();
  const client = (await site.call('POST', '/client/enrol', { facts, claim, computerName: 'own-name' }, '')).body.key;
  site.clock.nowMs = Date.parse('2026-11-22T20:30:00Z');
  const window = { name: 'Night', startAt: '2026-11-22T20:00', timeZone: 'UTC', durationMinutes: 120, recurrence: 'FREQ=DAILY' };
  const addWindow = async () => (await site.call('POST', `/collections/${collection}/maintenance-windows`, window)).body.id;
  let sequences = 0;
  const deploy = async (more: object, sequence: object = { startsIn: 'installed-os' }) => {
    sequences += 1;
    const taskSequenceId = await site.addSequence(`Software ${sequences}`, { maximumRunTimeMinutes: 60, steps, ...sequence });
    const body = { taskSequenceId, collectionId: collection, purpose: 'required', availableTo: 'clients-media-and-network-boot', ...more };
    return (await site.call('POST', '/deployments', body)).body.id;
  };
  const poll = async () => {
    const { run } = (await site.call('POST', '/client/poll', undefined, client)).body as unknown as { run: { runId: string; key: string } };
    const save = async (changes: object) =>
      (await site.call('PUT', `/agent/runs/${run.runId}/journal`, aJournal({ environment: 'installed-os', ...changes }), run.key)).body;
    return { ...run, save };
  };
  return { collection, client, addWindow, deploy, poll };
}
const dayOver = (site: DeploymentSite): void => {
  site.clock.nowMs = Date.parse('2026-11-22T22:00:00Z');
};

describe.each(databases)('a restart of a computer in use, on $dialect', ({ open }) => {
  it('waits outside of the computer’s windows for the next one, and people read that', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { client, addWindow, deploy, poll } = await inWindow(site);
    await addWindow();
    await deploy({});
    const { runId, key, save } = await poll();
    const report = { messages: [], progress: null };

    expect(await save({ revision: 1 })).toMatchObject({ restartHold: null });
    dayOver(site);
    expect((await site.call('POST', `/agent/runs/${runId}/status`, report, key)).body).toMatchObject({ restartHold: { until } });
    expect(await save({ revision: 2, heldRestart: held })).toMatchObject({ restartHold: { until } });
    expect((await site.call('GET', `/runs/${runId}`)).body).toMatchObject({ state: 'running', waitsForWindow: { until } });
    expect((await site.call('GET', '/client/deployments', undefined, client)).body).toMatchObject({ waitsForWindow: { until } });
    expect(await site.bootScript(mac, uuid)).toContain('in the installed system');

    site.clock.nowMs = Date.parse(until);
    expect(await save({ revision: 3, plannedRestart: true })).toMatchObject({ restartHold: null });
    expect((await site.call('GET', `/runs/${runId}`)).body).toMatchObject({ waitsForWindow: null });
  });

  it('comes at once when an administrator resumes the run; a pause only ends, and the answer says what is still waited for', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { addWindow, deploy, poll } = await inWindow(site);
    await addWindow();
    await deploy({});
    const { runId, save } = await poll();
    dayOver(site);
    await site.call('POST', `/runs/${runId}/resume`);
    expect(await save({ revision: 1, heldRestart: held })).toMatchObject({ restartHold: { until } });

    await site.call('POST', `/runs/${runId}/pause`);
    expect((await site.call('POST', `/runs/${runId}/resume`)).body).toMatchObject({ pause: 'none', waitsForWindow: { until } });
    expect(await save({ revision: 2, heldRestart: held })).toMatchObject({ pauseRequested: false, restartHold: { until } });
    expect((await site.call('POST', `/runs/${runId}/resume`)).body).toMatchObject({ pause: 'none', waitsForWindow: null });

    expect(await save({ revision: 3, heldRestart: held })).toMatchObject({ restartHold: null });
  });

  it('waits for nothing where the deployment allows it, from then on also in a run that waits', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { addWindow, deploy, poll } = await inWindow(site);
    await addWindow();
    const made = await deploy({});
    const { save } = await poll();
    dayOver(site);
    expect(await save({ revision: 1, heldRestart: held })).toMatchObject({ restartHold: { until } });

    const changed = await site.call('PATCH', `/deployments/${made}`, { restartOutsideWindows: true });

    expect(changed.body).toMatchObject({ restartOutsideWindows: true, overrideMaintenanceWindows: false });
    expect(await save({ revision: 2, heldRestart: held })).toMatchObject({ restartHold: null });
  });

  it('waits for nothing on a computer without windows, nor any more when the last one is taken away', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { collection, addWindow, deploy, poll } = await inWindow(site);
    await deploy({});
    const { save } = await poll();
    dayOver(site);

    expect(await save({ revision: 1 })).toMatchObject({ restartHold: null });
    const window = await addWindow();
    expect(await save({ revision: 2 })).toMatchObject({ restartHold: { until } });
    await site.call('DELETE', `/collections/${collection}/maintenance-windows/${window}`);
    expect(await save({ revision: 3 })).toMatchObject({ restartHold: null });
  });

  it('waits no more once the run has been in the boot environment: what is half laid down goes on', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { addWindow, deploy, poll } = await inWindow(site);
    await addWindow();
    await deploy({}, { startsIn: 'boot-image' });
    const { save } = await poll();
    dayOver(site);

    expect(await save({ revision: 1 })).toMatchObject({ restartHold: { until } });
    expect(await save({ revision: 2, environment: 'boot-image' })).toMatchObject({ restartHold: null });
    expect(await save({ revision: 3, environment: 'installed-os' })).toMatchObject({ restartHold: null });
  });

  it('waits for nothing in a run that a person began, or that began in the boot environment', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { client, addWindow, deploy, poll } = await inWindow(site);
    await addWindow();
    dayOver(site);
    const deploymentId = await deploy({ purpose: 'available' });
    await site.call('POST', '/client/runs', { deploymentId }, client);
    const chosen = await poll();
    expect(await chosen.save({ revision: 1 })).toMatchObject({ restartHold: null });
    await chosen.save({ revision: 2, result: 'succeeded' });
    await site.call('POST', `/agent/runs/${chosen.runId}/finish`, undefined, chosen.key);

    site.clock.nowMs = Date.parse('2026-11-23T20:30:00Z');
    await deploy({}, { startsIn: 'boot-image' });
    const { runId, key } = (await site.call('POST', '/agent/hello', aHello(), '')).body;
    site.clock.nowMs = Date.parse('2026-11-23T22:30:00Z');
    const saved = await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ environment: 'installed-os', revision: 1 }), key);
    expect(saved.body).toMatchObject({ revision: 1, restartHold: null });
  });

  it('is allowed outside of windows in a deployment that begins there, unless it says otherwise', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deploy } = await inWindow(site);
    const made = async (more: object) => {
      const id = await deploy(more);
      return (await site.call('GET', `/deployments/${id}`)).body;
    };

    expect(await made({})).toMatchObject({ restartOutsideWindows: false });
    expect(await made({ overrideMaintenanceWindows: true })).toMatchObject({ restartOutsideWindows: true });
    expect(await made({ overrideMaintenanceWindows: true, restartOutsideWindows: false })).toMatchObject({ restartOutsideWindows: false });
  });
});
