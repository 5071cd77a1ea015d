import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, mac, uuid, type DeploymentSite } from '../../test/deployment-site.ts';

/** One known computer, and a way to deploy a sequence of its own name to everyone. */
async function oneComputer(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const deploy = async (name: string, body: object): Promise<string> => {
    const taskSequenceId = await site.addSequence(name);
    site.clock.nowMs += 1;
    return (await site.call('POST', '/deployments', { taskSequenceId, collectionId: 'all-systems', ...body })).body.id;
  };
  const hello = async () => (await site.call('POST', '/agent/hello', aHello(), '')).body;
  return { device, deploy, hello };
}

describe.each(databases)('who a deployment is made available to, on $dialect', ({ open }) => {
  it('is whoever boots from the network, unless something else is said', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deploy, hello } = await oneComputer(site);
    const id = await deploy('Usual', { purpose: 'available' });
    const both = await deploy('Both', { purpose: 'available', availableTo: 'clients-media-and-network-boot' });
    await deploy('Clients', { purpose: 'available', availableTo: 'clients' });
    await deploy('Clients, required', { purpose: 'required', availableTo: 'clients' });

    expect((await site.call('GET', '/deployments')).body.items).toContainEqual(
      expect.objectContaining({ id, availableTo: 'media-and-network-boot' }),
    );
    expect(await site.bootScript(mac, uuid)).toContain('Available deployments: 2');
    expect((await hello()).menu.map(({ deploymentId }) => deploymentId)).toEqual([id, both]);
  });

  it('a hidden one is on no menu, and begins once on the computer that names it', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { device, deploy, hello } = await oneComputer(site);
    const hidden = await deploy('Hidden', { purpose: 'available', availableTo: 'media-and-network-boot-hidden' });
    const nameIt = (path: string, value: string) => site.call('PUT', `${path}/variables/SMSTSPreferredAdvertID`, { value });

    expect(await site.bootScript(mac, uuid)).toContain('Nothing is deployed');
    expect(await hello()).toMatchObject({ runId: null, menu: [] });

    await nameIt('/collections/all-systems', hidden);
    await nameIt(`/devices/${device.id}`, 'deployment-other');
    expect(await hello()).toMatchObject({ runId: null, menu: [] });

    await nameIt(`/devices/${device.id}`, hidden);
    expect(await site.bootScript(mac, uuid)).toContain('Required deployment: Hidden');
    const { key, runId } = await hello();
    expect(runId).toMatch(/^run-/);
    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ result: 'succeeded' }), key);
    await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
    expect(await hello()).toMatchObject({ runId: null, menu: [] });
  });
});
