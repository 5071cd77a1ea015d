/** Install Software Updates with the real apt-get: archives and a list of installed packages of the test's own; nothing is changed here. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { realImaging, type ImagingOperations } from '../src/imaging-operations.ts';
import { aFolder } from './builders.ts';
import { aStep, runSteps } from './run-of-steps.ts';

const stanza = (name: string, version: string, more: string): string =>
  `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: x\n${more}\n`;
const offered = (name: string, version: string): string =>
  stanza(name, version, `Filename: ./${name}.deb\nSize: 1\nSHA256: ${'0'.repeat(64)}\n`);

/** Two archives, of which one is for security, and two installed packages that both have something newer. */
async function aSystem(folder: string) {
  const release = (label: string): string => `Origin: Test\nLabel: ${label}\nSuite: stable\nCodename: test\nArchitectures: all\n`;
  const files: Readonly<Record<string, string>> = {
    'main/Release': release('Debian'),
    'main/Packages': offered('editor', '2') + offered('library', '1.5'),
    'security/Release': release('Debian-Security'),
    'security/Packages': offered('library', '1.1'),
    'etc/sources.list': ['main', 'security'].map((name) => `deb [trusted=yes allow-insecure=yes] file:${folder}/${name} ./\n`).join(''),
    status: ['editor', 'library'].map((name) => stanza(name, '1', 'Status: install ok installed\n')).join(''),
    'apt.conf': [
      `Dir::State "${folder}/state"; Dir::State::status "${folder}/status"; Dir::Cache "${folder}/cache";`,
      `Dir::Etc::sourcelist "${folder}/etc/sources.list"; Dir::Etc::sourceparts "-"; Dir::Etc::preferencesparts "-"; Dir::Etc::trusted "-";`,
      'APT::Get::Simulate "true"; APT::Architectures { "amd64"; }; APT::Sandbox::User "root"; Debug::NoLocking "true";',
    ].join('\n'),
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  for (const name of ['state/lists/partial', 'cache/archives/partial']) await mkdir(join(folder, name), { recursive: true });
  const calls: string[] = [];
  const imaging: Partial<ImagingOperations> = {
    run: async (program, args, options) => {
      if (program !== 'apt-get') return realImaging.run(program, args, options);
      calls.push(args[0] ?? '');
      // The list of what the archives have is really made anew: `update` cannot be simulated.
      const real = args[0] === 'update' ? ['-o', 'APT::Get::Simulate=false'] : [];
      return realImaging.run(program, [...args, ...real], { ...options, env: { ...options.env, APT_CONFIG: join(folder, 'apt.conf') } });
    },
  };
  return { environment: 'installed-os', imaging, calls } as const;
}

const hasApt = await realImaging.hasProgram('/', 'apt-get');

describe.skipIf(!hasApt)('Install Software Updates', () => {
  test('takes everything that is newer', async () => {
    await using folder = await aFolder();
    await using run = await runSteps([aStep('install-software-updates', { updates: 'all' })], await aSystem(folder.path));

    expect(run.failure()).toBeNull();
    const output = run.outputs()[0] ?? '';
    expect(output).toContain('Inst editor [1] (2 ');
    expect(output).toContain('Inst library [1] (1.5 ');
  });

  test('takes what the security archive has, and leaves the rest as it is', async () => {
    await using folder = await aFolder();
    await using run = await runSteps([aStep('install-software-updates', { updates: 'security' })], await aSystem(folder.path));

    expect(run.failure()).toBeNull();
    const output = run.outputs()[0] ?? '';
    expect(output).toContain('Inst library [1] (1.1 ');
    expect(output).not.toContain('Inst editor');
    expect(run.site.messages.find(({ kind }) => kind === 'step-succeeded')?.facts['updates']).toBe(1);
  });

  test('tries again, and fails with what apt-get says when an archive cannot be read', async () => {
    await using folder = await aFolder();
    const system = await aSystem(folder.path);
    await writeFile(join(folder.path, 'etc/sources.list'), `deb [trusted=yes] file:${folder.path}/nowhere ./\n`);
    await using run = await runSteps([aStep('install-software-updates', { retries: 2, retryDelaySeconds: 0 })], system);

    expect(system.calls).toEqual(['update', 'update', 'update']);
    expect(run.failure()?.exitCode).toBe(100);
    expect(run.outputs()[0]).toContain('nowhere');
  });

  test('says so where there is neither apt-get nor dnf', async () => {
    await using run = await runSteps([aStep('install-software-updates', {})], {
      environment: 'installed-os',
      imaging: { hasProgram: async () => false },
    });

    expect(run.failure()?.error.code).toBe('UPDATES_NOT_POSSIBLE');
  });
});
