import { TaskSequenceDefinition, taskSequenceJsonSchema } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aHello, aSequence, deploymentSite, image, mac } from '../../test/deployment-site.ts';

describe.each(databases)('versions of a task sequence on $dialect', ({ open }) => {
  it('with a condition that cannot be asked is not saved: the step and the character are named', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const [first, ...others] = aSequence('Install').steps;
    const steps = [{ ...first, condition: { wmi: "SELECT * FROM Win32_BIOS WHERE Vendr = 'x'" } }, ...others];

    const refused = await site.call('POST', '/task-sequences', { ...aSequence('Install'), steps });
    const misspelt = await site.call('POST', '/task-sequences', {
      ...aSequence('Install'),
      steps: [{ ...first, condition: { fil: '/x' } }],
    });

    expect(refused).toMatchObject({ status: 422, body: { code: 'TASK_SEQUENCE_INVALID' } });
    expect(JSON.stringify(refused.body)).toMatch(
      /Disk: The query is wrong at character 32, .*no property Vendr here; known are Manufacturer/,
    );
    expect(misspelt.status).toBe(400);
    expect(JSON.stringify(misspelt.body)).toContain('is not a condition: it needs one of all, any, none, variable, file');
  });

  it('are listed with who, when and why, compared by step, and rolled back to a new version that is equal to the old one', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const { id } = (await site.call('POST', '/task-sequences?comment=first', aSequence('Install'))).body;
    const changed = structuredClone(aSequence('Install'));
    changed.steps.shift();
    await site.call('PUT', `/task-sequences/${id}?comment=disk+stays&baseVersion=1`, changed);

    const diff = await site.call('GET', `/task-sequences/${id}/diff`);
    const back = await site.call('POST', `/task-sequences/${id}/roll-back`, { version: 1 });
    const versions = await site.call('GET', `/task-sequences/${id}/versions`);

    expect(diff.body).toMatchObject({ from: 1, to: 2, changes: [{ kind: 'removed', where: 'Disk', type: 'format-and-partition-disk' }] });
    expect(back.body).toMatchObject({ version: 3, comment: 'Rolled back to version 1', definition: aSequence('Install') });
    expect(versions.body.items).toMatchObject([
      { version: 3, savedBy: 'admin', savedAt: '2026-11-22T10:00:00.000Z' },
      { version: 2, comment: 'disk stays' },
      { version: 1, comment: 'first' },
    ]);
    expect((await site.call('GET', `/task-sequences/${id}/diff?from=1&to=3`)).body).toMatchObject({ changes: [] });
    expect((await site.call('POST', `/task-sequences/${id}/roll-back`, { version: 9 })).body.code).toBe('NOT_FOUND');
    expect((await site.call('GET', '/task-sequences/sequence-none/versions')).body.code).toBe('NOT_FOUND');
  });

  it('saving over what somebody else saved meanwhile is refused with who and when, and changes nothing', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const id = await site.addSequence('Install');
    await site.call('PUT', `/task-sequences/${id}?baseVersion=1`, { ...aSequence('Install'), description: 'mine' });

    const late = await site.call('PUT', `/task-sequences/${id}?baseVersion=1`, { ...aSequence('Install'), description: 'late' });
    const lateRollBack = await site.call('POST', `/task-sequences/${id}/roll-back`, { version: 1, baseVersion: 1 });

    expect(late).toMatchObject({ status: 409, body: { code: 'TASK_SEQUENCE_CHANGED' } });
    expect(JSON.stringify(late.body)).toContain('by admin at 2026-11-22T10:00:00.000Z as version 2; this change was made from version 1');
    expect(lateRollBack.body.code).toBe('TASK_SEQUENCE_CHANGED');
    expect((await site.call('GET', `/task-sequences/${id}`)).body).toMatchObject({ version: 2, definition: { description: 'mine' } });
  });

  it('of ten saves at once, each is a version of its own or is refused; none is lost', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const id = await site.addSequence('Install');

    const saves = Array.from({ length: 10 }, (_none, index) =>
      site.call('PUT', `/task-sequences/${id}`, { ...aSequence('Install'), description: String(index) }),
    );
    const statuses = (await Promise.all(saves)).map(({ status }) => status);

    expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([]);
    const saved = statuses.filter((status) => status === 200).length;
    expect((await site.call('GET', `/task-sequences/${id}/versions`)).body.items).toHaveLength(saved + 1);
  });

  it('a deployment that pins a version runs that one, and one that does not runs the newest', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    await site.settings.update({ trust: 'automatic' });
    const id = await site.addSequence('Install');
    await site.call('PUT', `/task-sequences/${id}`, { ...aSequence('Install'), description: 'newest' });
    const run = async (taskSequenceVersion: number | null, macAddress: string, uuid: string) => {
      const device = (await site.call('POST', '/devices', { name: `pc-${macAddress.slice(-1)}`, macAddresses: [macAddress] })).body;
      const collection = (await site.call('POST', '/collections', { name: `For ${device.id}` })).body;
      await site.call('PUT', `/collections/${collection.id}/members/${device.id}`);
      await site.call('POST', '/deployments', {
        taskSequenceId: id,
        collectionId: collection.id,
        purpose: 'required',
        taskSequenceVersion,
      });
      const { key, runId } = (await site.call('POST', '/agent/hello', aHello({ mac: macAddress, uuid }), '')).body;
      return (await site.call('GET', `/agent/runs/${runId}`, undefined, key)).body;
    };

    const pinned = await run(1, mac, '11223344-5566-7788-99aa-bbccddeeff01');
    const following = await run(null, '52:54:00:12:34:57', '11223344-5566-7788-99aa-bbccddeeff02');

    expect(pinned).toMatchObject({ definition: { description: '' } });
    expect(following).toMatchObject({ definition: { description: 'newest' } });
  });

  it('5,000 steps are saved, loaded and compared; 200 groups nest', async () => {
    await using test = await open();
    await using site = await deploymentSite(test.database);
    const steps = Array.from({ length: 5000 }, (_none, index) => ({
      type: 'run-command-line',
      name: `Step ${index}`,
      options: { commandLine: `echo ${'x'.repeat(1000)}` },
    }));
    let nested: object = { type: 'group', name: 'innermost', steps };
    for (let depth = 1; depth < 200; depth += 1) nested = { type: 'group', name: `Level ${depth}`, steps: [nested] };

    const made = await site.call('POST', '/task-sequences', { name: 'Large', steps: [nested] });
    const { id } = made.body;
    const changed = await site.call('PUT', `/task-sequences/${id}`, { name: 'Large', steps: [nested, steps[0]] });

    expect([made.status, changed.status]).toEqual([200, 200]);
    expect((await site.call('GET', `/task-sequences/${id}/diff`)).body).toMatchObject({ changes: [{ kind: 'added', where: 'Step 0' }] });
  });
});

describe('a definition', () => {
  it('that nests without end is refused with the limit instead of ending the server', async () => {
    await using test = await databases[0]!.open();
    await using site = await deploymentSite(test.database);
    const hostile = `{"name":"x","steps":${'[{"type":"group","name":"g","steps":'.repeat(100_000)}[]${'}]'.repeat(100_000)}}`;

    const refused = await site.call('POST', '/task-sequences', hostile, 'admin', { 'content-type': 'application/json' });

    expect(refused).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
    expect(JSON.stringify(refused.body)).toContain('more than 512 levels');
  });

  it('is checked without being saved, with every problem and its place', async () => {
    await using test = await databases[0]!.open();
    await using site = await deploymentSite(test.database);
    const definition = TaskSequenceDefinition.parse({
      name: 'x',
      steps: [
        { type: 'apply-operating-system-image', name: 'A', options: { imageId: 'image-none' } },
        { type: 'apply-operating-system-image', name: 'B', enabled: false, options: { imageId: 'image-none' } },
        { type: 'imported-step', name: 'C', options: { originalType: 'BDD_Gather', originalText: '<step/>' } },
      ],
    });

    const checked = await site.call('POST', '/task-sequences/validate', definition);

    expect(checked.body).toEqual({
      problems: [
        { path: [0], where: 'A', problem: 'there is no operating system image image-none' },
        { path: [2], where: 'C', problem: 'Imported Step stands for a step that has no counterpart here: disable the step' },
      ],
      warnings: [],
    });
    expect((await site.call('GET', '/task-sequences')).body.items).toEqual([]);
  });

  it('has a JSON Schema that an administrator can read', async () => {
    await using test = await databases[0]!.open();
    await using site = await deploymentSite(test.database);

    const answer = await site.call('GET', '/task-sequences/schema.json');

    expect(answer.body).toEqual(taskSequenceJsonSchema());
    expect((await site.call('GET', '/task-sequences/schema.json', undefined, '')).status).toBe(401);
  });
});

describe('an import', () => {
  const foreign = (steps: string): string => `<sequence version="3.10" name="Office PC">${steps}</sequence>`;
  const apply = `<step type="SMS_TaskSequence_ApplyOperatingSystemAction" name="Apply"><defaultVarList>
    <variable name="ImagePackageID">ABC00012</variable><variable name="ImageIndex">1</variable></defaultVarList></step>`;
  const join = `<step type="SMS_TaskSequence_CaptureSomethingAction" name="Unknown"><defaultVarList>
    <variable name="JoinPassword">S3cret-Join</variable></defaultVarList></step>`;
  const body = (content: string, more: object = {}) => ({
    fileName: 'office.xml',
    contentBase64: Buffer.from(content).toString('base64'),
    ...more,
  });

  it('saves what can be saved, with a report of every step and without passwords', async () => {
    await using test = await databases[0]!.open();
    await using site = await deploymentSite(test.database);

    const shown = await site.call('POST', '/task-sequences/import', body(foreign(apply + join), { save: false }));
    const none = await site.call('GET', '/task-sequences');
    const imported = await site.call('POST', '/task-sequences/import', body(foreign(apply + join), { references: { ABC00012: image.id } }));

    expect(shown.body).toMatchObject({ taskSequence: null, decisions: [{ where: 'Apply', decision: 'disabled' }, { where: 'Unknown' }] });
    expect(none.body.items).toEqual([]);
    expect(imported.body).toMatchObject({
      taskSequence: { name: 'Office PC', version: 1, comment: 'Imported from office.xml' },
      definition: {
        steps: [
          { enabled: true, options: { imageId: image.id } },
          { type: 'imported-step', enabled: false },
        ],
      },
      decisions: [{ decision: 'kept' }, { decision: 'disabled', originalType: 'SMS_TaskSequence_CaptureSomethingAction' }],
    });
    expect(JSON.stringify(imported.body)).not.toContain('S3cret-Join');
    expect((await site.call('POST', '/task-sequences/import', body(foreign(apply)))).body.code).toBe('ALREADY_EXISTS');
  });

  it('of something else is refused with what it is', async () => {
    await using test = await databases[0]!.open();
    await using site = await deploymentSite(test.database);

    const refused = await site.call('POST', '/task-sequences/import', body('<html></html>'));

    expect(refused).toMatchObject({ status: 422, body: { code: 'SEQUENCE_IMPORT_INVALID' } });
    expect((await site.call('POST', '/task-sequences/import', body('<html/>'), '')).status).toBe(401);
  });
});
