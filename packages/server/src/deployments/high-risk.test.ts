import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, deploymentSite, mac, uuid, type DeploymentSite } from '../../test/deployment-site.ts';

/** Three computers in the collection Lab; the first one boots as `aHello` does. */
async function labSite(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic', unknownComputers: 'menu' });
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  const ids: string[] = [];
  for (const [index, macAddress] of [mac, '52:54:00:00:00:02', '52:54:00:00:00:03'].entries()) {
    const { id } = (await site.call('POST', '/devices', { name: `lab-${index + 1}`, macAddresses: [macAddress] })).body;
    ids.push(id);
    await site.call('PUT', `/collections/${collection.id}/members/${id}`);
  }
  const taskSequenceId = await site.addSequence('Install');
  const deploy = (changes: object = {}) =>
    site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required', ...changes });
  const hello = async () => (await site.call('POST', '/agent/hello', aHello(), '')).body;
  return { ids, collection, taskSequenceId, deploy, hello };
}

describe.each(databases)('the high-risk guard, on $dialect', ({ open }) => {
  it('wants the collection and its size typed before more computers than usual begin without a person, and notes who did', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deploy } = await labSite(site);
    await site.settings.update({ highRiskDefaultSize: 2 });

    const asked = await deploy();
    expect(asked).toMatchObject({ status: 409, body: { code: 'DEPLOYMENT_NOT_CONFIRMED', details: { confirm: 'Lab 3' } } });
    expect(asked.body.message).toContain('it is for more than 2 computers');
    expect((await deploy({ confirm: 'Lab 2' })).body.code).toBe('DEPLOYMENT_NOT_CONFIRMED');
    expect((await deploy({ confirm: 'Lab 3' })).body).toMatchObject({ confirmedBy: 'admin' });
    expect((await deploy({ purpose: 'available' })).body).toMatchObject({ confirmedBy: null });
  });

  it('refuses more computers than the site allows, confirmed or not', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deploy } = await labSite(site);
    await site.settings.update({ highRiskMaximumSize: 2 });

    expect((await deploy({ confirm: 'Lab 3' })).body.code).toBe('DEPLOYMENT_REFUSED');
  });

  it('always wants all systems and unknown computers confirmed, however many there are', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deploy } = await labSite(site);

    expect((await deploy({ collectionId: 'all-systems' })).body).toMatchObject({ details: { confirm: 'All Systems 3' } });
    expect((await deploy({ collectionId: 'all-unknown-computers' })).body).toMatchObject({
      details: { confirm: 'All Unknown Computers 0' },
    });
    expect((await deploy({ collectionId: 'all-unknown-computers', confirm: 'All Unknown Computers 0' })).status).toBe(200);
  });

  it('knows the machine that the server runs on, and keeps required deployments from it at its boot too', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { ids, taskSequenceId, collection, deploy, hello } = await labSite(site);
    const made = (await deploy()).body;
    site.ownMachine.macAddresses = [mac];

    expect(await site.bootScript(mac, uuid)).toContain('Nothing is deployed to this computer');
    expect(await hello()).toMatchObject({ runId: null, menu: [] });
    const refused = await deploy();
    expect([refused.body.code, refused.body.message]).toEqual(['DEPLOYMENT_REFUSED', expect.stringContaining('lab-1')]);
    const outlook = (await site.call('GET', `/deployments/${made.id}/outlook`)).body;
    expect(outlook).toMatchObject({
      risk: { refusal: 'it is also for the site’s own servers: lab-1' },
      devices: [{ deviceId: ids[0], reason: 'site-server' }, { reason: 'due' }, { reason: 'due' }],
    });
    await site.settings.update({ siteServers: 'warn' });
    expect((await deploy()).body).toMatchObject({ code: 'DEPLOYMENT_NOT_CONFIRMED', details: { confirm: 'Lab 3' } });
    const body = { taskSequenceId, collectionId: collection.id, purpose: 'required' };
    expect((await site.call('POST', '/deployments/preview', body)).body).toMatchObject({ risk: { confirm: 'Lab 3', refusal: null } });
    expect((await hello()).runId).toMatch(/^run-/);
  });

  it('takes the members of the collections that the site names for its servers', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { ids, deploy, hello } = await labSite(site);
    await deploy();
    const servers = (await site.call('POST', '/collections', { name: 'Servers', priority: 1 })).body;
    await site.call('PUT', `/collections/${servers.id}/members/${ids[0]}`);
    await site.settings.update({ siteServerCollectionIds: [servers.id] });

    expect(await hello()).toMatchObject({ runId: null, menu: [] });
    expect((await deploy()).body.code).toBe('DEPLOYMENT_REFUSED');
  });
});
