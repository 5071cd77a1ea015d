import { describe, expect, it } from 'vitest';
import { databases } from '../../../test/databases.ts';
import { aHello, aJournal, deploymentSite, mac, uuid, type DeploymentSite } from '../../../test/deployment-site.ts';

async function deployed(site: DeploymentSite, purpose: 'required' | 'available') {
  await site.settings.update({ trust: 'automatic' });
  const { id } = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${id}`);
  const taskSequenceId = await site.addSequence('Install');
  await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose });
  return id;
}
const hello = async (site: DeploymentSite) => (await site.call('POST', '/agent/hello', aHello(), '')).body;

describe.each(databases)('what is done to a device on $dialect', ({ open }) => {
  it('boots from the network once: without a key at its next boot, and as always once it was admitted', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const id = await deployed(site, 'available');
    const before = await site.bootScript(mac, uuid);

    expect((await site.call('PATCH', `/devices/${id}`, { bootOnce: true })).body).toMatchObject({ bootOnce: true });
    const once = await site.bootScript(mac, uuid);
    expect(once).not.toBe(before);
    expect(once).toContain('This computer boots from the network once');
    expect(await site.bootScript(mac, uuid)).toBe(once);
    expect((await hello(site)).menu).toHaveLength(1);

    expect(await site.bootScript(mac, uuid)).toBe(before);
    expect((await site.call('GET', `/devices/${id}`)).body).toMatchObject({ bootOnce: false });
  });

  it('lets its required deployments run again, but not while one runs', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const id = await deployed(site, 'required');
    const { key, runId } = await hello(site);
    expect((await site.call('POST', `/devices/${id}/rerun`)).body.code).toBe('RUN_IN_PROGRESS');
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ cursor: null, result: 'succeeded' }), key);
    await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
    expect(await site.bootScript(mac, uuid)).not.toContain('Required deployment');

    expect((await site.call('POST', `/devices/${id}/rerun`)).body.items).toMatchObject([{ name: 'Install' }]);

    expect(await site.bootScript(mac, uuid)).toContain('Required deployment: Install');
    expect((await site.call('POST', `/devices/${id}/rerun`)).body.items).toEqual([]);
  });

  it('says what its deletion takes along and what stays of it', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const id = await deployed(site, 'required');
    const other = (await site.call('POST', '/devices', { name: 'lab-2', macAddresses: ['52:54:00:00:00:02'] })).body.id;
    await site.call('PUT', `/devices/${id}/variables/Room`, { value: 'Attic' });
    await site.call('POST', `/devices/${id}/users`, { user: 'anna' });
    await site.call('PUT', `/devices/${id}/associations/${other}`);
    await hello(site);

    expect((await site.call('GET', `/devices/${id}/dependents`)).body).toEqual({
      goes: { variables: 1, users: 1, collectionRules: 1, inventoryChanges: 0, associations: ['lab-1 → lab-2'] },
      stays: { runs: 1, recoveryKeys: 0, stateStores: 0 },
    });
  });

  it('cannot wake a device of which no MAC address is known', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id } = (await site.call('POST', '/devices', { name: 'lab-1', smbiosUuid: uuid })).body;

    expect((await site.call('POST', `/devices/${id}/wake`)).body.code).toBe('DEVICE_NOT_WAKEABLE');
  });
});
