import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSite, type RunningSite } from '@ostler/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const imageStep = { type: 'apply-operating-system-image', name: 'Apply', options: { imageId: 'image-none' } };

describe('the commands for task sequences', () => {
  let site: RunningSite;
  const file = (name: string): string => join(site.directory, name);
  beforeAll(async () => {
    site = await startSite(AbortSignal.timeout(300_000));
    await writeFile(file('new-password'), 'correct horse battery\n');
    const current = join(site.dataDirectory, 'first-admin-password');
    const passwords = ['--password-file', current, '--new-password-file', file('new-password')];
    await site.ostler('login', site.url, '--ca', site.caFile, ...passwords);
    const yaml = 'name: Say hello\nsteps:\n  - type: run-command-line\n    name: Hello\n    options:\n      commandLine: echo hello\n';
    await writeFile(file('sequence.yaml'), yaml);
    await site.ostler('task-sequence', 'create', file('sequence.yaml'));
  }, 120_000);
  afterAll(() => site[Symbol.asyncDispose]());

  it(
    'refuses an update from a file that is older than what others saved, and shows what differs, until it is forced',
    { timeout: 120_000 },
    async () => {
      await site.ostler('task-sequence', 'export', 'Say hello', file('mine.yaml'));
      await site.ostler('task-sequence', 'import', file('sequence.yaml'), '--comment', 'somebody else');
      await writeFile(file('mine.yaml'), (await readFile(file('mine.yaml'), 'utf8')).replace('echo hello', 'echo hi'));

      const refused = await site.ostler('task-sequence', 'update', file('mine.yaml'));
      const diff = await site.ostler('task-sequence', 'diff', 'Say hello', '--file', file('mine.yaml'));
      const forced = await site.ostler('task-sequence', 'update', file('mine.yaml'), '--force', '--comment', 'mine');
      const history = await site.ostler('task-sequence', 'history', 'Say hello');
      const back = await site.ostler('task-sequence', 'rollback', 'Say hello', '1');

      expect([refused.exitCode, refused.stderr]).toEqual([
        1,
        expect.stringMatching(/was saved by admin at .* as version 2; .* from version 1/),
      ]);
      expect(diff.stdout).toBe('~ Hello\n    options.commandLine: echo hello → echo hi\n');
      expect(forced.stdout).toContain('version 3');
      expect(history.stdout).toMatch(/3 .*admin +mine\n2 .*somebody else/);
      expect(back.stdout).toContain('version 4 is equal to version 1');
      expect((await site.ostler('task-sequence', 'show', 'Say hello')).stdout).toMatch(
        /version 4.*Rolled back to version 1\nHello – Run Command Line/,
      );
    },
  );

  it('checks a file against the site, or without one', { timeout: 60_000 }, async () => {
    await writeFile(file('check.json'), JSON.stringify({ $schema: './x.json', name: 'C', steps: [imageStep] }));

    const onSite = await site.ostler('task-sequence', 'validate', file('check.json'));
    const offline = await site.ostler('task-sequence', 'validate', '--offline', file('check.json'));
    const schema = await site.ostler('task-sequence', 'schema');

    expect([onSite.exitCode, onSite.stderr]).toEqual([1, expect.stringContaining('there is no operating system image image-none')]);
    expect(offline.stdout).toBe('C is valid.\n');
    expect(JSON.parse(schema.stdout)).toMatchObject({ title: 'Ostler task sequence', required: ['name', 'steps'] });
  });

  it('warns of what may well be meant, beside the problems and without any', { timeout: 60_000 }, async () => {
    const restart = { type: 'restart-computer', name: 'Restart', options: { target: 'installed-os' } };
    const warning = 'Warning: Restart: no Setup Operating System before it puts the agent into the installed system';
    await writeFile(file('warned.json'), JSON.stringify({ name: 'W', steps: [restart] }));
    await writeFile(file('broken.json'), JSON.stringify({ name: 'B', steps: [imageStep, restart] }));

    const warned = await site.ostler('task-sequence', 'validate', file('warned.json'));
    const asJson = await site.ostler('task-sequence', 'validate', file('warned.json'), '--json');
    const broken = await site.ostler('task-sequence', 'validate', file('broken.json'));

    expect([warned.exitCode, warned.stdout]).toEqual([0, `W is valid.\n${warning}\n`]);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ valid: true, warnings: [{ where: 'Restart', path: [0] }] });
    expect([broken.exitCode, broken.stdout]).toEqual([1, '']);
    expect(broken.stderr).toContain(`${warning}\n`);
    expect(broken.stderr).toContain('there is no operating system image image-none');
  });

  it('imports an export of Configuration Manager and tells what became of each step', { timeout: 60_000 }, async () => {
    const step = '<step type="SMS_TaskSequence_Unknown" name="Odd"/><step type="SMS_TaskSequence_SetVariableAction" name="Set">';
    const values =
      '<defaultVarList><variable name="VariableName">A</variable><variable name="VariableValue">1</variable></defaultVarList></step>';
    await writeFile(file('office.xml'), `<sequence version="3.10">${step}${values}</sequence>`);

    const dry = await site.ostler('task-sequence', 'import', file('office.xml'), '--dry-run', '--all');
    const imported = await site.ostler('task-sequence', 'import', file('office.xml'), '--name', 'Office');

    expect(dry.stdout).toContain('kept      Set (SMS_TaskSequence_SetVariableAction → set-task-sequence-variable)');
    expect(dry.stdout).toContain('Nothing was saved.');
    expect(imported.stdout).toMatch(
      /disabled {2}Odd .*\n.*has no counterpart here.*\n1 kept, 0 changed, 1 disabled\nTask sequence Office: .*version 1/,
    );
  });
});
