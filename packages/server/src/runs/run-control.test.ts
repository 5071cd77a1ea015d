import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, mac, uuid, type DeploymentSite } from '../../test/deployment-site.ts';

const command = (name: string, more: object = {}) => ({ type: 'run-command-line', name, options: { commandLine: 'true' }, ...more });
const restartStep = { type: 'restart-computer', name: 'Restart', options: { target: 'installed-os' } };
const group = (name: string, ...steps: object[]) => ({ type: 'group', name, steps });

async function running(site: DeploymentSite, steps: readonly object[]) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
  const taskSequenceId = (await site.call('POST', '/task-sequences', { name: 'Install', steps })).body.id;
  await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required' });
  const { key, runId } = await hello(site);
  const save = (changes: object) => site.call('PUT', `/agent/runs/${runId}/journal`, aJournal(changes), key);
  const assignment = async (ownKey = key) => (await site.call('GET', `/agent/runs/${runId}`, undefined, ownKey)).body;
  const fails = async (changes: object) => {
    const failure = { path: [1, 0], stepName: 'Second', exitCode: 1, error: { code: 'STEP_FAILED', message: 'x', details: {} } };
    await save({ revision: 9, cursor: null, result: 'failed', failure, variables: { Kept: { value: 'yes' } }, ...changes });
    await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
  };
  return { key, runId, save, assignment, fails };
}
const hello = async (site: DeploymentSite) => (await site.call('POST', '/agent/hello', aHello())).body;

describe.each(databases)('a run on $dialect', ({ open }) => {
  it('is paused and resumed: the agent hears it with its next answer, people see which of the two it is', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { runId, save } = await running(site, [command('First')]);

    expect((await site.call('POST', `/runs/${runId}/pause`)).body).toMatchObject({ state: 'running', pause: 'requested' });
    expect((await save({ paused: true })).body).toMatchObject({ pauseRequested: true });
    expect((await site.call('GET', `/runs/${runId}`)).body).toMatchObject({ pause: 'paused' });
    await site.call('POST', `/runs/${runId}/resume`);

    expect((await save({ revision: 2 })).body).toMatchObject({ pauseRequested: false });
    expect((await site.call('GET', `/runs/${runId}`)).body).toMatchObject({ pause: 'none' });
  });

  it('that has failed goes on at the step that failed, with its variables, from the next network boot on', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { runId, assignment, fails } = await running(site, [command('First'), group('Group', command('Second'))]);
    expect((await site.call('POST', `/runs/${runId}/restart`, {})).body.code).toBe('RUN_NOT_ENDED');
    await fails({
      outcomes: [
        { path: [0], state: 'succeeded', exitCode: 0 },
        { path: [1, 0], state: 'failed', exitCode: 1 },
      ],
    });
    expect(await site.bootScript(mac, uuid)).toContain('Nothing is deployed');

    expect((await site.call('POST', `/runs/${runId}/restart`, {})).body).toMatchObject({ state: 'running', failure: null });

    expect(await site.bootScript(mac, uuid)).toContain('Going on with Install');
    const again = await hello(site);
    expect(again.runId).toBe(runId);
    expect((await assignment(again.key)).journal).toMatchObject({
      cursor: [1, 0],
      result: null,
      failure: null,
      plannedRestart: true,
      goOnIn: null,
      variables: { Kept: { value: 'yes' } },
      outcomes: [{ path: [0], state: 'succeeded', exitCode: 0 }],
    });
  });

  it('that has failed in the installed system begins in the boot environment, which puts the agent back there', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { runId, assignment, fails } = await running(site, [restartStep, group('Group', command('Second'))]);
    await fails({ environment: 'installed-os' });

    await site.call('POST', `/runs/${runId}/restart`, {});

    expect(await site.bootScript(mac, uuid)).toContain('Going on with Install');
    const { key } = await hello(site);
    expect((await assignment(key)).journal).toMatchObject({ environment: 'boot-image', goOnIn: 'installed-os' });
  });

  it('goes on from any step, by its name or its place; a name that several steps have is refused with their places', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const disk = { type: 'format-and-partition-disk', name: 'Disk', options: { style: 'gpt', partitions: [{ size: 9, sizeUnits: 'GB' }] } };
    const steps = [disk, group('Group', command('Second'), command('Twice')), command('Twice')];
    const { runId, assignment, fails } = await running(site, steps);
    await fails({ environment: 'installed-os' });
    const restart = (from: string) => site.call('POST', `/runs/${runId}/restart`, { from });

    expect((await restart('Nowhere')).body.code).toBe('RUN_STEP_NOT_FOUND');
    expect((await restart('twice')).body).toMatchObject({
      code: 'RUN_STEP_AMBIGUOUS',
      details: { places: '2.2 (Group › Twice), 3 (Twice)' },
    });
    expect((await restart('disk')).status).toBe(200);
    const { key } = await hello(site);

    // Only the boot environment can run that step, so the run does not go on where it was.
    expect((await assignment(key)).journal).toMatchObject({ cursor: [0], goOnIn: null });
  });

  it('carries its child sequences as they are when it begins; one that is used by another cannot be deleted', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const child = (await site.call('POST', '/task-sequences', { name: 'Child', steps: [command('Inner')] })).body.id;
    const runChild = { type: 'run-task-sequence', name: 'Child', options: { taskSequenceId: child } };
    const { assignment } = await running(site, [command('First'), runChild]);

    const { definition } = await assignment();

    expect(definition?.steps[1]).toMatchObject({ type: 'group', name: 'Child', steps: [{ name: 'Inner' }] });
    expect((await site.call('DELETE', `/task-sequences/${child}`)).body).toMatchObject({
      code: 'IN_USE',
      details: { users: 'the task sequence Install' },
    });
  });

  it('is shown before it begins: each step with the reason, from the device’s variables and hardware, a secret never in it', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const when = (variable: string, value: string) => ({ condition: { variable, operator: 'equals', value } });
    const steps = [
      command('Here', when('_SMSTSMake', 'QEMU')),
      command('There', when('Place', 'attic')),
      command('Secret', when('PW', 'x')),
    ];
    await running(site, steps);
    const { id: deviceId = '' } = (await site.call('GET', '/devices')).body.items[0] ?? {};
    const { id = '' } = (await site.call('GET', '/task-sequences')).body.items[0] ?? {};
    await site.call('PUT', `/devices/${deviceId}/variables/Place`, { value: 'cellar' });
    await site.call('PUT', `/devices/${deviceId}/variables/PW`, { value: 'hunter2', secret: true });

    const { status, body } = await site.call('POST', `/task-sequences/${id}/dry-run`, { deviceId });

    expect(status).toBe(200);
    expect(body).toMatchObject({
      steps: [
        { name: 'Here', verdict: 'runs', reason: '_SMSTSMake is "QEMU"' },
        { name: 'There', verdict: 'skipped', reason: 'Place is "cellar"' },
        { name: 'Secret', verdict: 'unknown', reason: 'PW is secret' },
      ],
    });
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });
});
