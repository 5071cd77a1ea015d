import { noDebugger, type DebugState } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, mac, type DeploymentSite } from '../../test/deployment-site.ts';

const command = (name: string) => ({ type: 'run-command-line', name, options: { commandLine: 'true' } });
const steps = [command('First'), { type: 'group', name: 'Group', steps: [command('Second'), command('Third')] }];
const waiting: DebugState = { ...noDebugger, mode: 'stepping', stop: 1, waiting: { reason: 'step' } };

/** A run that a required deployment has begun; `save` and `report` are its agent's. */
async function running(site: DeploymentSite, { debug = true, variables = {} } = {}) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  for (const [name, value] of Object.entries(variables)) await site.call('PUT', `/devices/${device.id}/variables/${name}`, { value });
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
  const taskSequenceId = (await site.call('POST', '/task-sequences', { name: 'Install', steps })).body.id;
  const deployment = { taskSequenceId, collectionId: collection.id, purpose: 'required', debug };
  const made = (await site.call('POST', '/deployments', deployment)).body;
  const { key, runId } = (await site.call('POST', '/agent/hello', aHello())).body;
  return {
    made,
    runId,
    key,
    save: (changes: object) => site.call('PUT', `/agent/runs/${runId}/journal`, aJournal(changes), key),
    report: (debug: object) => site.call('POST', `/agent/runs/${runId}/status`, { messages: [], progress: null, debug }, key),
    variables: async () => (await site.call('GET', `/agent/runs/${runId}`, undefined, key)).body.variables,
    session: async () => (await site.call('GET', `/runs/${runId}/debugger`)).body,
    tell: (body: object) => site.call('POST', `/runs/${runId}/debugger`, body),
  };
}

describe.each(databases)('the debugger of a run on $dialect', ({ open }) => {
  it('begins with a deployment in debug mode: the run gets the variable that says so, whatever the device says', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { made, variables } = await running(site, { variables: { tsDebugMode: 'false' } });

    expect(made).toMatchObject({ debug: true });
    expect((await variables()).filter((each) => /debugmode/i.test(JSON.stringify(each)))).toEqual([
      { name: 'TSDebugMode', value: 'true', secret: false },
    ]);
  });

  it('shows where the run waits, its steps with their marks, and the variables that the target has told of this stop', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { runId, save, report, session } = await running(site);
    expect(await session()).toMatchObject({ mode: 'off', waiting: null, variables: null, pending: [] });

    const outcomes = [{ path: [0], state: 'succeeded', exitCode: 0 }];
    await save({ cursor: [1, 0], outcomes, debugger: { ...waiting, breakpoints: [[1, 1]], stop: 2 } });
    expect(await session()).toMatchObject({ variables: null });
    const last = { path: [0], stepName: 'First', result: 'succeeded', exitCode: 0, output: 'hello' };
    await report({ stop: 2, last, variables: [{ name: 'A', value: '1', secret: false }] });

    expect(await session()).toMatchObject({
      deviceName: 'lab-1',
      mode: 'stepping',
      stop: 2,
      waiting: { reason: 'step' },
      steps: [
        { place: '1', outcome: 'succeeded', current: false },
        { place: '2', type: 'group' },
        { place: '2.1', current: true },
        { place: '2.2', breakpoint: true },
      ],
      last,
      variables: [{ name: 'A', value: '1', secret: false }],
    });
    expect((await site.call('GET', `/runs/${runId}`)).body).toMatchObject({ debugger: 'waiting' });
  });

  it('is told by name or place; the agent hears it with every answer until its journal calls it settled', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { save, report, session, tell } = await running(site);
    await save({ debugger: waiting });

    expect((await tell({ command: 'set-breakpoint', step: 'third' })).body).toMatchObject({ order: 1 });
    expect((await tell({ command: 'set-next', at: 1, step: '2.1' })).body).toMatchObject({ order: 2, session: { pending: [1, 2] } });

    const debugOrders = [
      { number: 1, command: { command: 'set-breakpoint', path: [1, 1] } },
      { number: 2, command: { command: 'set-next', at: 1, path: [1, 0] } },
    ];
    expect((await report({ stop: 1, last: null, variables: [] })).body).toMatchObject({ debugOrders });
    expect((await save({ revision: 2, debugger: waiting })).body).toMatchObject({ debugOrders });
    const settled = [{ number: 1, error: null }];
    expect((await save({ revision: 3, debugger: { ...waiting, settled } })).body).toMatchObject({ debugOrders: debugOrders.slice(1) });
    expect(await session()).toMatchObject({ pending: [2], settled });
  });

  it('refuses what comes late or twice, before it is on its way', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { save, tell, session } = await running(site);
    const code = async (body: object) => (await tell(body)).body.code;
    expect(await code({ command: 'step', at: 0 })).toBe('DEBUG_OFF');
    await save({ debugger: { ...waiting, waiting: null } });
    expect(await code({ command: 'step', at: 1 })).toBe('DEBUG_NOT_WAITING');
    await save({ revision: 2, debugger: { ...waiting, stop: 3 } });

    expect(await code({ command: 'step', at: 2 })).toBe('DEBUG_STOP_PASSED');
    expect(await code({ command: 'set-next', at: 3, step: 'Nowhere' })).toBe('RUN_STEP_NOT_FOUND');
    expect(await code({ command: 'set-variable', at: 3, name: '_SMSTSInWinPE', value: 'x' })).toBe('VARIABLE_READ_ONLY');
    expect((await tell({ command: 'step', at: 3 })).status).toBe(200);
    expect(await code({ command: 'step', at: 3 })).toBe('DEBUG_COMMAND_PENDING');
    expect((await session()) as object).toMatchObject({ pending: [expect.any(Number)] });
  });

  it('can be had by a run that has none: it is stopped before its next step', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { save, tell } = await running(site, { debug: false });
    await save({});

    expect((await tell({ command: 'stop' })).status).toBe(200);

    expect((await save({ revision: 2 })).body).toMatchObject({ debugOrders: [{ command: { command: 'stop' } }] });
  });

  it('keeps a secret to itself: the value of a variable is not readable in the database, and gone with the order', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { save, tell } = await running(site);
    await save({ debugger: waiting });

    const { body } = await tell({ command: 'set-variable', at: 1, name: 'PW', value: 'hunter2', secret: true });

    const kept = await test.database.sql.selectFrom('debug_orders').selectAll().execute();
    expect(kept).toHaveLength(1);
    expect(JSON.stringify([kept, body])).not.toContain('hunter2');
    await save({ revision: 2, debugger: { ...waiting, settled: [{ number: 1, error: null }] } });
    expect(await test.database.sql.selectFrom('debug_orders').selectAll().execute()).toEqual([]);
  });

  it('is for administrators, and ends with the run; begun again, the run stops where it goes on, with its breakpoints', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { runId, key, save, tell, session } = await running(site);
    expect((await site.call('POST', `/runs/${runId}/debugger`, { command: 'stop' }, key)).status).toBe(401);
    const failure = { path: [0], stepName: 'First', exitCode: 1, error: { code: 'STEP_FAILED', message: 'x', details: {} } };
    await save({ debugger: waiting });
    await tell({ command: 'step', at: 1 });
    const running1 = { ...waiting, mode: 'running', waiting: null, breakpoints: [[1, 1]] };
    await save({ revision: 2, cursor: null, result: 'failed', failure, debugger: running1 });
    await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);

    expect((await tell({ command: 'stop' })).body.code).toBe('RUN_ENDED');
    expect(await session()).toMatchObject({ runState: 'failed', pending: [] });
    await site.call('POST', `/runs/${runId}/restart`, {});
    expect(await session()).toMatchObject({ runState: 'running', mode: 'stepping', waiting: null });
  });
});
