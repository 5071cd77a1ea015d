import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, mac, uuid, type DeploymentSite } from '../../test/deployment-site.ts';

const machines = [
  { mac, uuid },
  { mac: '52:54:00:00:00:02', uuid: '22223344-5566-7788-99aa-bbccddeeff00' },
  { mac: '52:54:00:00:00:03', uuid: '33223344-5566-7788-99aa-bbccddeeff00' },
] as const;

/** Three computers of the collection Lab, and one required deployment to it. */
async function labSite(site: DeploymentSite) {
  await site.settings.update({ trust: 'automatic' });
  const lab = (await site.call('POST', '/collections', { name: 'Lab' })).body.id;
  for (const [index, { mac: address, uuid: smbiosUuid }] of machines.entries()) {
    const { id } = (await site.call('POST', '/devices', { name: `lab-${index + 1}`, macAddresses: [address], smbiosUuid })).body;
    await site.call('PUT', `/collections/${lab}/members/${id}`);
  }
  const taskSequenceId = await site.addSequence('Install');
  const { id: deploymentId } = (await site.call('POST', '/deployments', { taskSequenceId, collectionId: lab, purpose: 'required' })).body;
  return { lab, deploymentId };
}

async function begin(site: DeploymentSite, machine: (typeof machines)[number]) {
  return (await site.call('POST', '/agent/hello', aHello(machine), '')).body;
}
async function runToItsEnd(site: DeploymentSite, machine: (typeof machines)[number]): Promise<void> {
  const { key, runId } = await begin(site, machine);
  await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ cursor: null, result: 'succeeded' }), key);
  await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
}
const begins = async (site: DeploymentSite, machine: (typeof machines)[number]) =>
  (await site.bootScript(machine.mac, machine.uuid)).includes('Required deployment: Install');

describe.each(databases)('the required deployments of a whole collection on $dialect', ({ open }) => {
  it('run again where they ran, and are left alone where a run goes on', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { lab, deploymentId } = await labSite(site);
    const [first, second, third] = machines;
    for (const machine of [first, second]) await runToItsEnd(site, machine);
    await begin(site, third);
    expect([await begins(site, first), await begins(site, second)]).toEqual([false, false]);

    const { body } = await site.call('POST', `/collections/${lab}/rerun`, {});

    expect(body).toEqual({
      items: [{ id: deploymentId, name: 'Install', deviceCount: 2 }],
      running: [{ deviceId: expect.any(String), deviceName: 'lab-3' }],
    });
    expect([await begins(site, first), await begins(site, second)]).toEqual([true, true]);
    expect((await site.call('POST', `/collections/${lab}/rerun`, {})).body.items).toEqual([]);
  });

  it('leave the computers of other collections as they are', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await labSite(site);
    await runToItsEnd(site, machines[0]);
    const other = (await site.call('POST', '/collections', { name: 'Other' })).body.id;

    expect((await site.call('POST', `/collections/${other}/rerun`, {})).body).toEqual({ items: [], running: [] });

    expect(await begins(site, machines[0])).toBe(false);
    expect((await site.call('POST', '/collections/collection-none/rerun', {})).status).toBe(404);
  });

  it('are confirmed with the collection’s name and size where it is large, as a deployment to it is', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { lab } = await labSite(site);
    await runToItsEnd(site, machines[0]);
    await site.settings.update({ highRiskDefaultSize: 2 });
    const rerun = (confirm: string | null) => site.call('POST', `/collections/${lab}/rerun`, { confirm });

    expect((await rerun(null)).body).toMatchObject({ code: 'DEPLOYMENT_NOT_CONFIRMED', details: { confirm: 'Lab 3' } });
    expect((await rerun('Lab 2')).body.code).toBe('DEPLOYMENT_NOT_CONFIRMED');
    expect(await begins(site, machines[0])).toBe(false);
    expect((await rerun('Lab 3')).body.items).toHaveLength(1);
    await site.settings.update({ highRiskMaximumSize: 2 });
    expect((await rerun('Lab 3')).body.code).toBe('DEPLOYMENT_REFUSED');
  });
});
