/** The steps of the category Software with real packages: .deb files that dpkg-deb makes, archives, scripts, and a real apt archive. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationDefinition, PackagePrograms } from '@ostler/contract';
import { describe, expect, test } from 'vitest';
import { aFolder } from './builders.ts';
import { aStep, runSteps, testSignal, type RunOptions } from './run-of-steps.ts';
import { realImaging } from '../src/imaging-operations.ts';

const installed = { environment: 'installed-os' } as const;
const plain = (name: string, value: string) => ({ name, value, secret: false });
const aScript = (id: string, text: string): NonNullable<RunOptions['packages']>[number] => ({
  id,
  kind: 'script',
  fileName: `${id}.sh`,
  bytes: Buffer.from(`#!/bin/sh\n${text}\n`),
});

async function anArchive(line: string): Promise<Buffer> {
  const { stdout } = await realImaging.run('sh', ['-c', `cd "$(mktemp -d)" && ${line} && tar -cz . | base64 -w0`], { signal: testSignal });
  return Buffer.from(stdout, 'base64');
}

describe('Install Package', () => {
  test('installs what the numbered variables list, up to the first gap, each with its own arguments', async () => {
    await using run = await runSteps([aStep('install-package', { baseVariable: 'AA', arguments: 'all' })], {
      ...installed,
      packages: [
        aScript('package-1', 'tsenv set First "$1"'),
        aScript('package-2', 'tsenv set Second "$1"; exit 3010'),
        aScript('package-4', 'exit 1'),
      ],
      variables: [plain('AA001', 'package-1'), plain('AA002', 'package-2:%Site%'), plain('AA004', 'package-4'), plain('Site', 'lab')],
    });

    expect([run.variable('First'), run.variable('Second')]).toEqual(['all', 'lab']);
    expect(run.end.outcome).toMatchObject({ kind: 'restart', target: 'installed-os' });
  });

  test('stops at the first that fails, or goes on and names those that failed', async () => {
    const options = { ...installed, packages: [aScript('package-1', 'exit 5'), aScript('package-2', 'tsenv set Second yes')] };
    const variables = [plain('AA001', 'package-1'), plain('AA002', 'package-2')];
    await using stopped = await runSteps([aStep('install-package', { baseVariable: 'AA' })], { ...options, variables });
    await using wentOn = await runSteps([aStep('install-package', { baseVariable: 'AA', continueOnFailure: true })], {
      ...options,
      variables,
    });

    expect([stopped.failure()?.exitCode, stopped.variable('Second')]).toEqual([5, undefined]);
    expect(wentOn.failure()?.error).toMatchObject({
      code: 'INSTALLATION_FAILED',
      message: 'Of 2 packages these were not installed: package-1.',
    });
    expect(wentOn.variable('Second')).toBe('yes');
  });

  test('runs a line among the files of an archive, and says what is missing without one', async () => {
    const bytes = await anArchive('echo "tsenv set Done archive" > install.sh');
    const packages = [{ id: 'package-1', kind: 'archive' as const, fileName: 'a.tgz', bytes }];
    await using run = await runSteps([aStep('install-package', { packageId: 'package-1', arguments: 'sh ./install.sh' })], {
      ...installed,
      packages,
    });
    await using without = await runSteps([aStep('install-package', { packageId: 'package-1' })], { ...installed, packages });

    expect(run.variable('Done')).toBe('archive');
    expect(without.failure()?.error.code).toBe('PACKAGE_NEEDS_COMMAND');
  });

  describe('a program of the package', () => {
    const twoPrograms = async () => {
      const script = 'tsenv set Done "$1 in server"; exit $2';
      const bytes = await anArchive(`mkdir server && printf '%s\\n' '${script}' > server/install.sh`);
      const programs = PackagePrograms.parse([
        { name: 'Server', commandLine: 'sh install.sh %Site%', workingDirectory: 'server', successCodes: [7, 3010] },
        { name: 'Elsewhere', commandLine: 'false', requirements: { file: '/nowhere/at/all' } },
      ]);
      return [{ id: 'package-1', kind: 'archive' as const, fileName: 'a.tgz', bytes, programs }];
    };
    const run = async (options: object, variables = [plain('Site', 'lab')]) =>
      runSteps([aStep('install-package', options)], { ...installed, packages: await twoPrograms(), variables });

    test('runs in its folder, with its arguments, and its success codes count', async () => {
      await using good = await run({ packageId: 'package-1', program: 'Server', arguments: '7' });
      await using restarts = await run({ packageId: 'package-1', program: 'Server', arguments: '3010' });
      await using bad = await run({ packageId: 'package-1', program: 'Server', arguments: '0' });

      expect([good.failure(), good.variable('Done')]).toEqual([null, 'lab in server']);
      expect(restarts.failure()?.error.code ?? restarts.end.outcome.kind).toBe('restart');
      expect(bad.failure()?.error).toMatchObject({ code: 'PACKAGE_PROGRAM_FAILED', details: { program: 'Server', exitCode: 0 } });
    });

    test('is refused where its requirements do not hold, and where the package has none of that name', async () => {
      await using elsewhere = await run({ packageId: 'package-1', program: 'Elsewhere' });
      await using missing = await run({ packageId: 'package-1', program: 'Other' });

      expect(elsewhere.failure()?.error.code).toBe('PACKAGE_PROGRAM_NOT_FOR_COMPUTER');
      expect(missing.failure()?.error.code).toBe('PACKAGE_PROGRAM_MISSING');
    });

    test('is named in a list behind the package, and one that fails keeps no other from running', async () => {
      const variables = [
        plain('Site', 'lab'),
        plain('AA001', 'package-1:Elsewhere'),
        plain('AA002', 'package-1:Server'),
        plain('AA003', 'package-1:tsenv set Third yes'),
      ];
      await using list = await run({ baseVariable: 'AA', arguments: '7', continueOnFailure: true }, variables);

      expect([list.variable('Done'), list.variable('Third')]).toEqual(['lab in server', 'yes']);
      expect(list.failure()?.error.message).toBe('Of 3 packages these were not installed: package-1.');
    });
  });

  test('fails where a variable names a package that is not there', async () => {
    await using run = await runSteps([aStep('install-package', { baseVariable: 'AA' })], {
      ...installed,
      variables: [plain('AA001', 'package-9')],
    });

    expect(run.failure()?.error.code).toBe('ASSIGNMENT_INCOMPLETE');
  });
});

describe('Install Application', () => {
  /** An application whose script leaves a file, and which that file detects. */
  async function someApplications(folder: string, each: Readonly<Record<string, { more?: object; script?: string }>>) {
    const ids = Object.keys(each);
    return {
      ...installed,
      packages: ids.map((id) => aScript(`package-${id}`, each[id]?.script ?? `echo ${id} >> ${folder}/order; touch ${folder}/${id}`)),
      applications: ids.map((id) => {
        const own = { name: `App ${id}`, packageId: `package-${id}`, detection: { file: `${folder}/${id}` }, ...each[id]?.more };
        const at = new Date(0).toISOString();
        return { ...ApplicationDefinition.parse(own), id: `application-${id}`, createdAt: at, updatedAt: at };
      }),
    };
  }
  const install = (ids: readonly string[], more: object = {}) =>
    aStep('install-application', { applicationIds: ids.map((id) => `application-${id}`), ...more });
  const order = (folder: string) => readFile(join(folder, 'order'), 'utf8').catch(() => '');

  test('installs each after what it depends on, each once, and leaves out what is there', async () => {
    await using folder = await aFolder();
    await writeFile(join(folder.path, 'there'), '');
    const applications = await someApplications(folder.path, {
      editor: { more: { dependencies: ['application-library', 'application-there'] } },
      library: {},
      there: {},
      viewer: { more: { dependencies: ['application-library'] } },
    });
    await using run = await runSteps([install(['viewer', 'editor'])], applications);

    expect(run.failure()).toBeNull();
    expect(await order(folder.path)).toBe('library\nviewer\neditor\n');
    expect(run.variable('_TSAppInstallStatus')).toBe('Success');
    expect(run.outputs()[0]).toContain('App there: already there');
  });

  test('installs what numbered variables name, and refuses a name that lists may not hold', async () => {
    await using folder = await aFolder();
    const applications = await someApplications(folder.path, { a: {}, b: { more: { allowedInLists: false } } });
    const step = aStep('install-application', { baseVariable: 'AA' });
    await using run = await runSteps([step], { ...applications, variables: [plain('AA01', 'App a')] });
    await using nothing = await runSteps([step], { ...applications, variables: [plain('AA02', 'App a')] });
    await using refused = await runSteps([step], { ...applications, variables: [plain('AA01', 'App b')] });

    expect([run.failure(), await order(folder.path)]).toEqual([null, 'a\n']);
    expect(nothing.failure()).toBeNull();
    expect(refused.failure()?.error.code).toBe('ASSIGNMENT_INCOMPLETE');
  });

  test('fails where the application is not found after it was installed, or goes on and names it', async () => {
    await using folder = await aFolder();
    const applications = await someApplications(folder.path, { bad: { script: 'true' }, good: {} });
    await using stopped = await runSteps([install(['bad', 'good'])], applications);
    expect(await order(folder.path)).toBe('');
    await using wentOn = await runSteps([install(['bad', 'good'], { continueOnFailure: true })], applications);

    expect([stopped, wentOn].map((run) => run.failure()?.error.code)).toEqual(['INSTALLATION_FAILED', 'INSTALLATION_FAILED']);
    expect(wentOn.failure()?.error.message).toContain('App bad (it was installed, but its detection does not find it)');
    expect(await order(folder.path)).toBe('good\n');
    expect(wentOn.variable('_TSAppInstallStatus')).toBe('Error');
  });

  test('takes requirements that are not met for a warning, or for a failure with TSErrorOnWarning', async () => {
    await using folder = await aFolder();
    const applications = await someApplications(folder.path, {
      a: { more: { requirements: { variable: 'Site', operator: 'equals', value: 'lab' } } },
    });
    await using warned = await runSteps([install(['a'])], applications);
    await using failed = await runSteps([install(['a'])], { ...applications, variables: [plain('TSErrorOnWarning', 'TRUE')] });
    await using met = await runSteps([install(['a'])], { ...applications, variables: [plain('Site', 'LAB')] });

    expect([warned.failure(), warned.variable('_TSAppInstallStatus')]).toEqual([null, 'Warning']);
    expect(failed.failure()?.error.message).toContain('requirements not met');
    expect([met.failure(), await order(folder.path)]).toEqual([null, 'a\n']);
  });

  test('removes what it supersedes, and does not put an older one beside its successor', async () => {
    await using folder = await aFolder();
    await writeFile(join(folder.path, 'old'), '');
    const applications = await someApplications(folder.path, {
      old: { more: { uninstallCommand: `rm ${folder.path}/old` } },
      new: { more: { supersedes: [{ applicationId: 'application-old', uninstall: true }] } },
    });
    await using run = await runSteps([install(['new'])], applications);
    await using again = await runSteps([install(['old'])], applications);

    expect(run.failure()).toBeNull();
    expect((await readdir(folder.path)).toSorted()).toEqual(['new', 'order']);
    expect(again.outputs()[0]).toBe('App old: superseded (by App new)');
  });

  test('restarts where one asks for it, and goes on with the others afterwards', async () => {
    await using folder = await aFolder();
    const script = `echo first >> ${folder.path}/order; touch ${folder.path}/first; exit 3010`;
    const applications = await someApplications(folder.path, { first: { script }, second: {} });
    await using before = await runSteps([install(['first', 'second'])], applications);
    expect(before.end.outcome).toMatchObject({ kind: 'restart', target: 'installed-os' });
    expect(await order(folder.path)).toBe('first\n');
    await using after = await runSteps([install(['first', 'second'])], applications);

    expect(after.end.outcome.kind).toBe('succeeded');
    expect(await order(folder.path)).toBe('first\nsecond\n');
  });
});

describe('Download Package Content', () => {
  test('lays the files into a folder and sets a variable to each place', async () => {
    await using folder = await aFolder();
    const bytes = await anArchive('mkdir drivers && echo x > drivers/a.inf');
    const options = { packageIds: ['package-1', 'package-2'], destination: { kind: 'path', path: '%Where%' }, pathVariable: 'Content' };
    await using run = await runSteps([aStep('download-package-content', options)], {
      variables: [plain('Where', folder.path), plain('Content03', 'from before')],
      packages: [{ id: 'package-1', kind: 'archive', fileName: 'a.tgz', bytes }, aScript('package-2', 'true')],
    });

    expect([run.variable('Content01'), run.variable('Content02')]).toEqual([
      join(folder.path, 'package-1'),
      join(folder.path, 'package-2'),
    ]);
    expect(await readFile(join(folder.path, 'package-1/drivers/a.inf'), 'utf8')).toBe('x\n');
    expect(await readdir(join(folder.path, 'package-2'))).toEqual(['package-2.sh']);
    expect(run.variable('Content03')).toBe('');
  });

  test('goes on after one that is not there, or stops, as the step says', async () => {
    await using folder = await aFolder();
    const options = { packageIds: ['package-9', 'package-2'], destination: { kind: 'path', path: folder.path }, pathVariable: 'P' };
    const packages = [aScript('package-2', 'true')];
    await using wentOn = await runSteps([aStep('download-package-content', options)], { packages });
    await using stopped = await runSteps([aStep('download-package-content', { ...options, continueOnFailure: false })], { packages });

    expect(wentOn.variable('P01')).toBe(join(folder.path, 'package-2'));
    expect(stopped.failure()?.error.code).toBe('ASSIGNMENT_INCOMPLETE');
  });
});
