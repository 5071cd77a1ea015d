import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, deploymentSite, mac, uuid, type DeploymentSite } from '../../test/deployment-site.ts';

/** The tests call from here. */
const here = '127.0.0.0/8';

async function aGroup(site: DeploymentSite, name: string, unknownComputers: string): Promise<string> {
  const { id } = (await site.call('POST', '/boundary-groups', { name })).body;
  const [known] = (await site.call('GET', '/boundaries')).body.items;
  const boundary = known ?? (await site.call('POST', '/boundaries', { addresses: here })).body;
  await site.call('PUT', `/boundary-groups/${id}/boundaries/${boundary.id}`);
  await site.call('PATCH', `/boundary-groups/${id}`, { unknownComputers });
  return id;
}

async function offerToUnknown(site: DeploymentSite): Promise<void> {
  const taskSequenceId = await site.addSequence('Install');
  await site.call('POST', '/deployments', { taskSequenceId, collectionId: 'all-unknown-computers', purpose: 'available' });
}

const explained = async (site: DeploymentSite) => (await site.call('GET', '/boundary-groups/explain?address=127.0.0.1')).body;

describe.each(databases)('an unknown computer on $dialect', ({ open }) => {
  it('gets what its boundary group says, at its boot and when it says hello, and elsewhere what the site says', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ trust: 'automatic', unknownComputers: 'ignore' });
    await offerToUnknown(site);
    expect(await site.bootScript(mac, uuid)).toContain('This computer is not known to the site');
    expect((await site.call('POST', '/agent/hello', aHello(), '')).body.state).toBe('refused');

    const group = await aGroup(site, 'Staging room', 'menu');

    expect(await site.bootScript(mac, uuid)).toContain('Available deployments to unknown computers: 1');
    expect((await site.call('POST', '/agent/hello', aHello(), '')).body).toMatchObject({ state: 'ready', menu: [{ name: 'Install' }] });
    expect(await explained(site)).toMatchObject({ unknownComputers: { policy: 'menu', decidedBy: { id: group, name: 'Staging room' } } });
    const elsewhere = (await site.call('GET', '/boundary-groups/explain?address=192.0.2.1')).body;
    expect(elsewhere).toMatchObject({ unknownComputers: { policy: 'ignore', decidedBy: null } });
  });

  it('gets the least of what several groups say; a group that says nothing leaves it to the site', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ unknownComputers: 'menu' });
    await aGroup(site, 'A', 'menu');
    const careful = await aGroup(site, 'B', 'approval');
    expect(await explained(site)).toMatchObject({ unknownComputers: { policy: 'approval', decidedBy: { name: 'B' } } });
    expect(await site.bootScript(mac, uuid)).toContain('This computer waits for approval');

    const changed = await site.call('PATCH', `/boundary-groups/${careful}`, { unknownComputers: null, description: 'Quarantine' });

    expect(changed.body).toMatchObject({ unknownComputers: null, description: 'Quarantine' });
    expect(await explained(site)).toMatchObject({ unknownComputers: { policy: 'menu', decidedBy: { name: 'A' } } });
    expect((await site.call('PATCH', `/boundary-groups/${careful}`, { unknownComputers: 'everything' })).status).toBe(400);
    expect((await site.call('PATCH', '/boundary-groups/boundary-group-none', {})).status).toBe(404);
  });
});
