import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, mac, uuid, type DeploymentSite } from '../../test/deployment-site.ts';

/** It is 2026-11-22T10:00Z. One imported computer in a collection, and what boots there. */
async function labSite(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
  const deploy = async (name: string, changes: object) => {
    const taskSequenceId = await site.addSequence(name);
    return site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required', ...changes });
  };
  const hello = async () => (await site.call('POST', '/agent/hello', aHello(), '')).body;
  const finish = async ({ runId, key }: { readonly runId: string; readonly key: string }, result: 'succeeded' | 'failed') => {
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 9, cursor: null, result }), key);
    await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
  };
  const setTime = (time: string): void => {
    site.clock.nowMs = Date.parse(time);
  };
  return { device, collection, deploy, hello, finish, setTime, boot: () => site.bootScript(mac, uuid) };
}

describe.each(databases)('the times of a deployment, on $dialect', ({ open }) => {
  it('are honoured by the firmware’s boot, by the menu and by the agent: before its deadline a required one begins only by hand', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deploy, hello, setTime, boot } = await labSite(site);
    const schedule = { availableAt: '2026-11-22T18:00', deadlineAt: '2026-11-22T22:00', timeZone: 'Europe/Berlin' };
    const made = await deploy('Install', { schedule });

    expect(made.body).toMatchObject({ schedule: { ...schedule, expiresAt: null, recurrence: null, randomizeMinutes: 0 }, rerun: 'never' });
    expect(await boot()).toContain('Nothing is to do before 2026-11-22T21:00:00.000Z');
    expect(await hello()).toMatchObject({ runId: null, menu: [] });
    setTime('2026-11-22T17:30:00Z');
    expect(await boot()).toContain('Available deployments: 1');
    expect(await hello()).toMatchObject({ runId: null, menu: [{ deploymentId: made.body.id, purpose: 'available' }] });
    setTime('2026-11-22T21:00:00Z');
    expect(await boot()).toContain('Required deployment: Install');
    expect((await hello()).runId).toMatch(/^run-/);
  });

  it('are the device’s own where they say so: its variable, or its collection’s, or the site’s time zone', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { device, collection, deploy, setTime, boot } = await labSite(site);
    await site.settings.update({ timeZone: 'Europe/Berlin' });
    await deploy('Install', { schedule: { deadlineAt: '2026-11-23T08:00', timeZone: 'device', availableAt: '2026-11-23T08:00' } });
    const zone = (owner: string, value: string) => site.call('PUT', `/${owner}/variables/OSDTimeZone`, { value });

    expect(await boot()).toContain('Nothing is to do before 2026-11-23T07:00');
    await zone(`collections/${collection.id}`, 'Asia/Tokyo');
    expect(await boot()).toContain('Nothing is to do before 2026-11-22T23:00');
    await zone(`devices/${device.id}`, 'W. Europe Standard Time');
    expect(await boot()).toContain('Nothing is to do before 2026-11-23T07:00');
    await zone(`devices/${device.id}`, 'America/New_York');
    expect(await boot()).toContain('Nothing is to do before 2026-11-23T13:00');
    setTime('2026-11-23T13:00:00Z');
    expect(await boot()).toContain('Required deployment: Install');
  });

  it('let a deadline come again, where the run before failed', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deploy, hello, finish, setTime } = await labSite(site);
    await deploy('Install', { schedule: { deadlineAt: '2026-11-22T20:00', recurrence: 'RRULE:FREQ=DAILY' }, rerun: 'if-failed' });

    setTime('2026-11-22T20:00:00Z');
    await finish(await hello(), 'failed');
    expect(await hello()).toMatchObject({ runId: null, menu: [] });
    setTime('2026-11-23T20:00:00Z');
    await finish(await hello(), 'succeeded');
    setTime('2026-11-24T20:00:00Z');
    expect(await hello()).toMatchObject({ runId: null, menu: [] });
  });

  it('can be changed, and end: after its expiry nothing begins', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deploy, hello, setTime } = await labSite(site);
    const { id } = (await deploy('Install', { purpose: 'available' })).body;
    const change = (body: object) => site.call('PATCH', `/deployments/${id}`, body);

    const changed = await change({ schedule: { expiresAt: '2026-11-22T12:00' }, priority: 'high' });
    expect(changed.body).toMatchObject({ paused: null, priority: 'high', schedule: { expiresAt: '2026-11-22T12:00', timeZone: 'UTC' } });
    const { key } = await hello();
    setTime('2026-11-22T12:00:00Z');
    expect((await site.call('POST', '/agent/choose', { deploymentId: id }, key)).body.code).toBe('DEPLOYMENT_NOT_OFFERED');
    expect((await change({ rerun: 'always' })).body.code).toBe('DEPLOYMENT_SCHEDULE_INVALID');
    expect((await change({ schedule: { expiresAt: '2026-02-30T12:00' } })).body.code).toBe('BAD_REQUEST');
    expect(
      (await deploy('Other', { schedule: { deadlineAt: '2026-11-23T00:00', recurrence: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' } })).body
        .code,
    ).toBe('RECURRENCE_INVALID');
  });
});

it('of several that are due the one of the highest priority comes first, then the oldest', async () => {
  await using test = await databases[0]!.open();
  await using site = await deploymentSite(test.database);
  const { deploy, hello, finish } = await labSite(site);
  const make = async (name: string, priority: string) => {
    site.clock.nowMs += 1;
    return (await deploy(name, { priority })).body.id;
  };
  const ids = [await make('Third', 'low'), await make('Second', 'normal'), await make('First', 'high')];

  const order: string[] = [];
  for (const _each of ids) {
    const begun = await hello();
    order.push((await site.call('GET', `/runs/${begun.runId}`)).body.deploymentId ?? '');
    await finish(begun, 'succeeded');
  }

  expect(order).toEqual(ids.toReversed());
});
