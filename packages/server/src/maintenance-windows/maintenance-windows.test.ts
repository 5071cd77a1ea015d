import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, deploymentSite, mac, uuid, type DeploymentSite } from '../../test/deployment-site.ts';

/** A known computer in a collection with a required deployment of at most an hour. It is 2026-11-22T10:00Z. */
async function deployed(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'PC-1', macAddresses: [mac], smbiosUuid: uuid })).body.id;
  const made = async (name: string): Promise<string> => (await site.call('POST', '/collections', { name })).body.id;
  const [collection, other] = [await made('Lab'), await made('Other')];
  for (const id of [collection, other]) await site.call('PUT', `/collections/${id}/members/${device}`);
  const taskSequenceId = await site.addSequence('Install', { maximumRunTimeMinutes: 60 });
  const body = { taskSequenceId, collectionId: collection, purpose: 'required' };
  const deployment = (await site.call('POST', '/deployments', body)).body.id;
  return {
    device,
    collection,
    other,
    deployment,
    addWindow: (id: string, changes: object = {}) =>
      site.call('POST', `/collections/${id}/maintenance-windows`, {
        name: 'Night',
        startAt: '2026-11-22T20:00',
        timeZone: 'UTC',
        durationMinutes: 120,
        ...changes,
      }),
    boot: () => site.bootScript(mac, uuid),
    hello: async () => (await site.call('POST', '/agent/hello', aHello(), '')).body,
    outlook: async () =>
      (await site.call('GET', `/deployments/${deployment}/outlook`)).body as unknown as { readonly devices: readonly object[] },
  };
}

describe.each(databases)('maintenance windows on $dialect', ({ open }) => {
  it('hold a required deployment back until one is open that it fits into', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { collection, other, addWindow, boot, hello, outlook } = await deployed(site);
    await addWindow(other);
    await addWindow(collection, { name: 'Short', startAt: '2026-11-22T09:30', durationMinutes: 60, recurrence: 'FREQ=WEEKLY' });

    expect(await boot()).toContain('Nothing is to do before 2026-11-22T20:00');
    expect(await hello()).toMatchObject({ state: 'ready', runId: null, menu: [] });
    expect((await outlook()).devices).toMatchObject([{ outcome: 'later', reason: 'outside-window', at: '2026-11-22T20:00:00.000Z' }]);

    site.clock.nowMs = Date.parse('2026-11-22T21:01:00Z');
    expect((await outlook()).devices).toMatchObject([{ outcome: 'later', at: '2026-11-29T09:30:00.000Z' }]);
    site.clock.nowMs = Date.parse('2026-11-22T20:30:00Z');
    expect((await outlook()).devices).toMatchObject([{ outcome: 'begins' }]);
    expect((await hello()).runId).toMatch(/^run-/);
  });

  it('hold nothing back that overrides them', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { collection, deployment, addWindow, hello, outlook } = await deployed(site);
    await addWindow(collection);
    await site.call('PATCH', `/deployments/${deployment}`, { overrideMaintenanceWindows: true });

    expect((await outlook()).devices).toMatchObject([{ outcome: 'begins' }]);
    expect((await hello()).runId).toMatch(/^run-/);
  });

  it('let what has begun go on past their end, and what a person starts begin at any time', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { collection, deployment, addWindow, boot, hello } = await deployed(site);
    await addWindow(collection);
    await site.call('POST', `/deployments/${deployment}/pause`, {});
    const taskSequenceId = await site.addSequence('Choose');
    await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection, purpose: 'available' });
    expect((await hello()).menu).toHaveLength(1);

    await site.call('POST', `/deployments/${deployment}/resume`);
    site.clock.nowMs = Date.parse('2026-11-22T20:30:00Z');
    const { runId } = await hello();
    site.clock.nowMs = Date.parse('2026-11-23T12:00:00Z');

    expect(await boot()).toContain('Going on with Install');
    expect((await hello()).runId).toBe(runId);
  });

  it('of a device are those of all its collections together', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { device, collection, other, addWindow } = await deployed(site);
    const windows = async () => (await site.call('GET', `/devices/${device}/maintenance-windows?limit=2`)).body;
    expect(await windows()).toEqual({ isLimited: false, items: [] });

    await addWindow(collection, { recurrence: 'FREQ=DAILY' });
    const { id } = (await addWindow(other, { name: 'Later', startAt: '2026-11-22T21:00' })).body;

    expect(await windows()).toEqual({
      isLimited: true,
      items: [
        { from: '2026-11-22T20:00:00.000Z', to: '2026-11-22T23:00:00.000Z', names: ['Night', 'Later'] },
        { from: '2026-11-23T20:00:00.000Z', to: '2026-11-23T22:00:00.000Z', names: ['Night'] },
      ],
    });
    expect((await site.call('DELETE', `/collections/${other}/maintenance-windows/${id}`)).status).toBe(200);
    expect((await site.call('GET', `/collections/${other}/maintenance-windows`)).body.items).toEqual([]);
  });

  it('are refused on the built-in collections, with a rule that never comes, and with a day or more', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { collection, addWindow } = await deployed(site);

    expect((await addWindow('all-systems')).body.code).toBe('MAINTENANCE_WINDOW_BUILT_IN');
    expect((await addWindow(collection, { recurrence: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31' })).body.code).toBe('RECURRENCE_INVALID');
    expect((await addWindow(collection, { durationMinutes: 1440 })).body.code).toBe('BAD_REQUEST');
    expect((await addWindow(collection, { timeZone: 'Mars/Olympus' })).body.code).toBe('BAD_REQUEST');
  });
});
