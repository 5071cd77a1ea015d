import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, deploymentSite, image, mac, type DeploymentSite } from '../../test/deployment-site.ts';

/** An imported computer in a collection of its own, to which the sequence is deployed. */
async function deployed(site: DeploymentSite, purpose: 'required' | 'available', sequence = {}) {
  await site.settings.update({ trust: 'automatic' });
  const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
  const collection = (await site.call('POST', '/collections', { name: 'Lab', priority: 5 })).body;
  await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
  const taskSequenceId = await site.addSequence('Install Debian', sequence);
  const deployment = (await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose })).body;
  return { device, collection, deployment };
}
const hello = async (site: DeploymentSite) => (await site.call('POST', '/agent/hello', aHello(), '')).body;
const plan = async (site: DeploymentSite, id: string, key: string) =>
  (await site.call('GET', `/agent/deployments/${id}`, undefined, key)).body;
const choose = (site: DeploymentSite, deploymentId: string, answers: Readonly<Record<string, string>>, key: string) =>
  site.call('POST', '/agent/choose', { deploymentId, answers: Object.entries(answers).map(([name, value]) => ({ name, value })) }, key);

describe.each(databases)('variables that are asked for, on $dialect', ({ open }) => {
  it('are those declared without a value; what is typed wins over everything and lasts as long as the run', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const ask = { OSDComputerName: { prompt: 'Name on the label' }, Room: {}, AdminPassword: { prompt: 'For root', secret: true } };
    const { collection, deployment, device } = await deployed(site, 'available', { ask, variables: { Floor: '', Place: 'sequence' } });
    await site.call('PUT', `/collections/${collection.id}/variables/Room`, { value: '42' });
    await site.call('PUT', `/devices/${device.id}/variables/Place`, {
      value: '',
      question: { choices: ['Berlin', 'Bern'], optional: true },
    });
    const { key, menu } = await hello(site);
    expect(menu).toEqual([{ deploymentId: deployment.id, name: 'Install Debian', description: 'Deployed to Lab', purpose: 'available' }]);

    const { questions } = await plan(site, deployment.id, key);
    const chosen = await choose(site, deployment.id, { osdcomputername: 'pc-7', AdminPassword: 'hunter2', Floor: '3' }, key);

    const plain = { prompt: '', choices: [], optional: false, secret: false };
    expect(questions).toEqual([
      { ...plain, name: 'OSDComputerName', prompt: 'Name on the label' },
      { ...plain, name: 'AdminPassword', prompt: 'For root', secret: true },
      { ...plain, name: 'Floor' },
      { ...plain, name: 'Place', choices: ['Berlin', 'Bern'], optional: true },
    ]);
    const { runId } = chosen.body;
    const { variables } = (await site.call('GET', `/agent/runs/${runId}`, undefined, key)).body;
    expect(variables).toEqual([
      { name: 'OSDComputerName', value: 'pc-7', secret: false },
      { name: 'Room', value: '42', secret: false },
      { name: 'AdminPassword', value: null, secret: true },
      { name: 'Floor', value: '3', secret: false },
      { name: 'Place', value: '', secret: false },
    ]);
    expect((await site.call('POST', `/agent/runs/${runId}/secrets/AdminPassword`, undefined, key)).body.value).toBe('hunter2');
    expect(JSON.stringify(await site.database.sql.selectFrom('variables').selectAll().execute())).not.toContain('hunter2');

    await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ revision: 9, result: 'failed' }), key);
    await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);
    const next = await hello(site);
    expect((await plan(site, deployment.id, next.key)).questions).toHaveLength(4);
  });

  it('are refused when they are no answer, and then nothing has begun', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const ask = { OSDComputerName: {}, Site: { choices: ['Berlin', 'Bern'] } };
    const { deployment } = await deployed(site, 'available', { ask });
    const { key } = await hello(site);
    const name = 'pc-7';

    for (const [answers, message] of [
      [{ Site: 'Bern' }, 'The variable OSDComputerName needs a value.'],
      [{ OSDComputerName: 'pc_7', Site: 'Bern' }, 'The variable OSDComputerName is not a computer name'],
      [{ OSDComputerName: name, Site: 'Bonn' }, 'The variable Site is one of: Berlin, Bern.'],
      [{ OSDComputerName: name, Site: 'Bern', Extra: 'x' }, 'The variable Extra is not asked for.'],
    ] as const) {
      const { status, body } = await choose(site, deployment.id, answers, key);
      expect({ status, code: body.code }).toEqual({ status: 422, code: 'VARIABLE_ANSWER_REFUSED' });
      expect(body.message).toContain(message);
    }

    expect((await site.call('GET', '/runs')).body.items).toEqual([]);
    expect((await choose(site, deployment.id, { OSDComputerName: name, Site: 'Bern' }, key)).status).toBe(200);
  });

  // A run without the computer's name, or with a password that nobody knows, would clear the disk and then be wrong: the feature map has no
  // exception for required deployments (§3.1). Nobody can be waited for only where the answer may stay out.
  it('make a required deployment wait for a person, unless all of them are optional or have got their values', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { collection, deployment } = await deployed(site, 'required', { ask: { Note: { optional: true } } });
    await site.call('PUT', `/collections/${collection.id}/variables/OSDComputerName`, { value: '' });

    const waiting = await hello(site);
    expect(waiting).toMatchObject({ runId: null, menu: [{ deploymentId: deployment.id, purpose: 'required' }] });
    expect((await site.call('GET', '/runs')).body.items).toEqual([]);
    await site.call('PUT', `/collections/${collection.id}/variables/OSDComputerName`, { value: 'lab-7' });
    const { runId, menu } = await hello(site);

    expect(runId).toMatch(/^run-/);
    expect(menu).toEqual([]);
  });
});

describe('before a deployment begins', () => {
  const [{ open }] = databases as [(typeof databases)[number]];

  // Configuration Manager: an available deployment whose content is missing is an error at once, a required one waits (feature map §1.9).
  it('what is missing at the site is named, and the disk stays as it is, also where the deployment is required', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deployment } = await deployed(site, 'required');
    site.lostContent.add(image.content.sha256);

    const { key, runId, menu } = await hello(site);
    const { content } = await plan(site, deployment.id, key);
    const refused = await choose(site, deployment.id, {}, key);
    site.lostContent.clear();
    const chosen = await choose(site, deployment.id, {}, key);

    expect({ runId, menu }).toMatchObject({ runId: null, menu: [{ deploymentId: deployment.id }] });
    const { id, name } = image;
    expect(content).toEqual([{ kind: 'operating system image', id, name, sizeBytes: 10, problem: 'has lost its content' }]);
    expect(refused.body).toMatchObject({ code: 'DEPLOYMENT_INCOMPLETE' });
    expect(refused.body.message).toContain('the operating system image Debian has lost its content');
    expect(chosen.status).toBe(200);
  });

  it('only what is offered to this computer is told, and nothing once it has a run', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { deployment } = await deployed(site, 'available');
    const { key } = await hello(site);

    expect((await plan(site, 'deployment-other', key)).code).toBe('DEPLOYMENT_NOT_OFFERED');
    expect((await site.call('GET', `/agent/deployments/${deployment.id}`)).status).toBe(401);
    await choose(site, deployment.id, {}, key);
    expect((await plan(site, deployment.id, key)).code).toBe('FORBIDDEN');
  });

  it('a variable with a value has no question, and a pattern is a regular expression', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const set = (body: object) => site.call('PUT', '/collections/all-systems/variables/Tag', body);

    expect((await set({ value: 'x', question: {} })).status).toBe(400);
    expect((await set({ value: '', question: { pattern: '(' } })).status).toBe(400);
    expect((await set({ value: '', secret: true, question: { pattern: 'A[0-9]+' } })).body).toMatchObject({
      value: null,
      asked: true,
      question: { pattern: 'A[0-9]+' },
    });
  });
});
