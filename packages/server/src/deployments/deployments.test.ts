import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aJournal, aMessage, aSequence, deploymentSite, image, mac, uuid } from '../../test/deployment-site.ts';

describe.each(databases)('an administrator on $dialect', ({ open }) => {
  it('saves every change of a task sequence as a version, and never one that cannot run', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const id = await site.addSequence('Install');

    const changed = await site.call('PUT', `/task-sequences/${id}`, { ...aSequence('Install 2'), description: 'better' });
    const broken = structuredClone(aSequence('Broken'));
    broken.steps.push({ ...broken.steps[1]!, name: 'Apply other', options: { imageId: 'image-none' } } as (typeof broken.steps)[number]);
    const refused = await site.call('POST', '/task-sequences', broken);

    expect(changed.body).toMatchObject({ version: 2, name: 'Install 2', savedBy: 'admin' });
    expect((await site.call('GET', `/task-sequences/${id}?version=1`)).body).toMatchObject({ version: 1, definition: { description: '' } });
    expect(refused).toMatchObject({ status: 422, body: { code: 'TASK_SEQUENCE_INVALID' } });
    expect(JSON.stringify(refused.body)).toContain('Apply other: there is no operating system image image-none');
    expect((await site.call('POST', '/task-sequences', aSequence('Install 2'))).body.code).toBe('ALREADY_EXISTS');
  });

  it('generates a task sequence from a template', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);

    const made = await site.call('POST', '/task-sequences/generate', {
      template: 'install-existing-image',
      name: 'Install',
      imageId: image.id,
    });

    expect(made.body).toMatchObject({ version: 1, definition: { name: 'Install' } });
  });

  it('generates one without an image, and learns which choice a template has no use for', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const generate = (body: object) => site.call('POST', '/task-sequences/generate', { name: 'Mine', ...body });

    const made = await generate({ template: 'custom' });
    const useless = await generate({ template: 'custom', imageId: image.id });
    const refused = await generate({ template: 'upgrade-in-place', upgradePackageId: 'package-windows' });

    expect(made.body).toMatchObject({ version: 1, comment: 'Made from the template custom', definition: { name: 'Mine', steps: [] } });
    expect([useless.status, JSON.stringify(useless.body)]).toEqual([400, expect.stringContaining('imageId')]);
    expect(refused).toMatchObject({ status: 422, body: { code: 'TEMPLATE_NOT_AVAILABLE' } });
    expect(JSON.stringify(refused.body)).toContain('Upgrade Operating System needs the Windows adapter');
  });

  it('disables a task sequence: no computer is offered it or begins it until it is enabled again', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ trust: 'automatic' });
    await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] });
    const [requiredId, menuId] = [await site.addSequence('Install'), await site.addSequence('Choose')];
    const save = (id: string, name: string, enabled: boolean) => site.call('PUT', `/task-sequences/${id}`, { ...aSequence(name), enabled });
    await save(requiredId, 'Install', false);
    const deploy = (taskSequenceId: string, purpose: string, version: number | null) =>
      site.call('POST', '/deployments', {
        taskSequenceId,
        taskSequenceVersion: version,
        collectionId: 'all-systems',
        purpose,
        confirm: 'All Systems 1',
      });
    const required = await deploy(requiredId, 'required', null);
    const available = (await deploy(menuId, 'available', null)).body;
    site.clock.nowMs += 1;
    const pinned = (await deploy(menuId, 'available', 1)).body;

    expect(required).toMatchObject({ status: 200, body: { paused: null, obstacle: 'the task sequence is disabled' } });
    expect(await site.bootScript(mac, uuid)).not.toContain('Install');
    const menu = (await site.call('POST', '/agent/hello', aHello(), '')).body;
    expect(menu).toMatchObject({ runId: null, menu: [{ deploymentId: available.id }, { deploymentId: pinned.id }] });

    await save(menuId, 'Choose', false);
    const chosen = (deploymentId: string) => site.call('POST', '/agent/choose', { deploymentId }, menu.key);
    expect((await chosen(available.id)).body.code).toBe('DEPLOYMENT_NOT_OFFERED');
    const again = (await site.call('POST', '/agent/hello', aHello(), '')).body;
    expect(again.menu).toEqual([expect.objectContaining({ deploymentId: pinned.id })]);

    await save(requiredId, 'Install', true);
    expect(await site.bootScript(mac, uuid)).toContain('Install');
    const begun = (await site.call('POST', '/agent/hello', aHello(), '')).body;
    expect(begun.runId).toMatch(/^run-/);
    const { id } = required.body;
    expect((await site.call('GET', `/deployments/${id}`)).body).toMatchObject({ id, taskSequenceName: 'Install', obstacle: null });
    expect((await site.call('GET', '/deployments')).body.items).toContainEqual(expect.objectContaining({ id, obstacle: null }));
    expect((await site.call('GET', '/deployments/deployment-none')).body).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is told why a task sequence that begins in the installed system cannot be deployed to network boot, and a later version of that kind is not offered there', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ trust: 'automatic' });
    await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] });
    const late = {
      name: 'Late',
      startsIn: 'installed-os',
      steps: [{ type: 'run-command-line', name: 'Say', options: { commandLine: 'true' } }],
    };
    const lateId = (await site.call('POST', '/task-sequences', late)).body.id;
    const deploy = (taskSequenceId: string) => {
      const common = { collectionId: 'all-systems', purpose: 'required', confirm: 'All Systems 1' };
      return site.call('POST', '/deployments', { taskSequenceId, availableTo: 'media-and-network-boot', ...common });
    };

    const refused = await deploy(lateId);

    expect(refused).toMatchObject({ status: 422, body: { code: 'DEPLOYMENT_CANNOT_START' } });
    expect(JSON.stringify(refused.body)).toContain(
      'The task sequence Late cannot be deployed: it begins in the installed operating system',
    );
    expect((await site.call('GET', '/deployments')).body.items).toEqual([]);

    const id = await site.addSequence('Install');
    await deploy(id);
    await site.call('PUT', `/task-sequences/${id}`, { ...late, name: 'Install' });
    expect((await site.call('POST', '/agent/hello', aHello(), '')).body).toMatchObject({ runId: null, menu: [] });
  });

  it('cannot delete what is in use', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ trust: 'automatic' });
    const taskSequenceId = await site.addSequence('Install');
    const collection = (await site.call('POST', '/collections', { name: 'Lab' })).body;
    const device = (await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] })).body;
    await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
    const deployment = (await site.call('POST', '/deployments', { taskSequenceId, collectionId: collection.id, purpose: 'required' })).body;
    await site.call('POST', '/agent/hello', aHello(), '');

    const codes = [
      `/task-sequences/${taskSequenceId}`,
      `/collections/${collection.id}`,
      '/collections/all-systems',
      `/devices/${device.id}`,
      `/deployments/${deployment.id}`,
    ].map(async (path) => (await site.call('DELETE', path)).body.code);

    expect(await Promise.all(codes)).toEqual(['IN_USE', 'IN_USE', 'COLLECTION_BUILT_IN', 'DEVICE_RUNNING', 'IN_USE']);
  });

  it('imports a computer that was only seen before, and no id twice', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.bootScript(mac, '00000000-0000-0000-0000-000000000000');
    const [seen] = (await site.call('GET', '/devices?state=unknown')).body.items;

    const imported = await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] });

    expect(imported.body).toMatchObject({ id: seen?.id, name: 'lab-1', state: 'approved', smbiosUuid: null });
    expect((await site.call('POST', '/devices', { name: 'lab-2', macAddresses: [mac] })).body.code).toBe('DEVICE_ID_TAKEN');
    expect((await site.call('POST', '/devices', { name: 'LAB-1', macAddresses: ['02:00:00:00:00:01'] })).body.code).toBe('ALREADY_EXISTS');
    const shared = { name: 'lab-3', smbiosUuid: '00000000-0000-0000-0000-000000000000' };
    expect((await site.call('POST', '/devices', shared)).body.code).toBe('DEVICE_ID_DISREGARDED');
  });
});

it('a watcher sees the status at once, each message as it comes, and each change', async () => {
  await using test = await databases[0]!.open();
  await using site = await deploymentSite(test.database);
  await site.settings.update({ trust: 'automatic' });
  await site.call('POST', '/devices', { name: 'lab-1', macAddresses: [mac] });
  const taskSequenceId = await site.addSequence('Install');
  const deployment = (
    await site.call('POST', '/deployments', { taskSequenceId, collectionId: 'all-systems', purpose: 'required', confirm: 'All Systems 1' })
  ).body;
  const url = await site.api.listen({ host: '127.0.0.1', port: 0 });
  const closing = new AbortController();
  const path = `${url}/api/v1/deployments/${deployment.id}/watch`;
  expect((await fetch(path)).status).toBe(401);

  const watching = await fetch(path, { headers: { authorization: 'Bearer admin' }, signal: closing.signal });
  let seen = '';
  const events = async (wanted: RegExp): Promise<void> => {
    for await (const piece of watching.body!.pipeThrough(new TextDecoderStream()).values({ preventCancel: true })) {
      seen += piece;
      if (wanted.test(seen)) return;
    }
  };
  const all = events(/"unknown":1[\s\S]*event: message\ndata: .*"runId":"run-[\s\S]*"succeeded":1/);
  const { key, runId } = (await site.call('POST', '/agent/hello', aHello(), '')).body;
  await site.call('POST', `/agent/runs/${runId}/status`, { messages: [aMessage(1)], progress: null }, key);
  await site.call('PUT', `/agent/runs/${runId}/journal`, aJournal({ result: 'succeeded' }), key);
  await site.call('POST', `/agent/runs/${runId}/finish`, undefined, key);

  await all;
  closing.abort();
  expect(watching.headers.get('content-type')).toBe('text/event-stream');
});
