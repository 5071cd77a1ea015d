import { unknownHardware, unknownSystem } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, deploymentSite, mac, type DeploymentSite } from '../../test/deployment-site.ts';
import { inventoryHistory, saveInventory } from './store.ts';

const hardware = { ...unknownHardware, manufacturer: 'Dell Inc.', model: 'Latitude 7440', memoryBytes: 1024 };
const debian = { ...unknownSystem, family: 'linux', name: 'Debian GNU/Linux 13 (trixie)', version: '13' };

async function admitted(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const { id } = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac], tags: ['Attic', 'attic', 'loan'] })).body;
  const { key } = (await site.call('POST', '/agent/hello', aHello(), '')).body;
  const report = (body: object) => site.call('PUT', '/agent/inventory', body, key);
  return { id, key, report };
}

describe.each(databases)('the inventory of a device on $dialect', ({ open }) => {
  it('is what it last reported, with what has changed since and when', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id, report } = await admitted(site);
    expect((await site.call('GET', `/devices/${id}/inventory`)).body.code).toBe('DEVICE_INVENTORY_NONE');

    await report({ hardware, operatingSystem: null });
    site.clock.nowMs += 60_000;
    await report({ hardware, operatingSystem: debian });
    expect((await site.call('GET', `/devices/${id}/inventory/history`)).body.items).toEqual([]);
    await report({ hardware: { ...hardware, memoryBytes: 2048 }, operatingSystem: null });

    expect((await site.call('GET', `/devices/${id}/inventory`)).body).toEqual({
      hardware: { ...hardware, memoryBytes: 2048 },
      operatingSystem: debian,
      reportedAt: '2026-11-22T10:01:00.000Z',
      changedAt: '2026-11-22T10:01:00.000Z',
    });
    expect((await site.call('GET', `/devices/${id}/inventory/history`)).body.items).toEqual([
      { at: '2026-11-22T10:01:00.000Z', changes: [{ property: 'memoryBytes', before: 1024, after: 2048 }] },
    ]);
  });

  it('comes from the device’s own key only, and goes with the device', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id, report } = await admitted(site);

    expect((await site.call('PUT', '/agent/inventory', { hardware, operatingSystem: null }, 'admin')).status).toBe(401);
    expect((await report({ hardware: { ...hardware, disks: [{}] }, operatingSystem: null })).status).toBe(400);
    await report({ hardware, operatingSystem: null });
    await site.call('DELETE', `/devices/${id}`);

    expect(await test.database.sql.selectFrom('device_inventories').selectAll().execute()).toEqual([]);
    for (const path of ['inventory', 'inventory/history', 'document']) {
      expect((await site.call('GET', `/devices/${id}/${path}`)).body.code).toBe('NOT_FOUND');
    }
  });

  it('keeps the newest hundred changes', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id } = await admitted(site);

    for (let memoryBytes = 0; memoryBytes <= 105; memoryBytes += 1) {
      await saveInventory(test.database.sql, id, { hardware: { ...hardware, memoryBytes }, operatingSystem: null }, memoryBytes);
    }

    const history = await inventoryHistory(test.database.sql, id);
    expect(history).toHaveLength(100);
    expect(history[0]?.changes[0]).toMatchObject({ before: 104, after: 105 });
    expect(history.at(-1)?.changes[0]).toMatchObject({ before: 5, after: 6 });
  });

  it('is part of the document that queries see, and before the first report what the machine said at its start', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id, report } = await admitted(site);
    const document = async () => (await site.call('GET', `/devices/${id}/document`)).body;

    expect(await document()).toMatchObject({
      name: 'lab-1',
      state: 'approved',
      tags: ['Attic', 'loan'],
      users: [],
      macAddresses: [mac],
      reportedAt: null,
      hardware: { model: 'Standard PC', firmware: { kind: 'uefi' }, pciIds: [] },
      lastRun: { state: '', taskSequenceName: '' },
    });
    await report({ hardware, operatingSystem: debian });
    const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
    await site.call('PUT', `/collections/${collection.id}/members/${id}`);
    const taskSequenceId = await site.addSequence('Install');
    await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required' });
    await site.call('POST', '/agent/hello', aHello(), '');

    expect(await document()).toMatchObject({
      hardware: { model: 'Latitude 7440' },
      operatingSystem: { version: '13' },
      lastRun: { state: 'running', taskSequenceName: 'Install', endedAt: null },
    });
  });
});
