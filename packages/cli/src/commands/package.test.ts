import { PackagePrograms } from '@ostler/contract';
import { expect, it } from 'vitest';
import { packageText } from './package.ts';
import { versionsText } from './package-versions.ts';

const aPackage = (programs: unknown) => ({
  id: 'package-1',
  name: 'Editor',
  kind: 'archive' as const,
  fileName: 'editor.tgz',
  content: { sha256: 'a'.repeat(64), sizeBytes: 1 },
  programs: PackagePrograms.parse(programs),
  version: 1,
  createdAt: '2026-11-22T10:00:00.000Z',
});

it('a package shows its programs: what they run, where, on which computers, and what counts as success', () => {
  const requirements = { file: '/etc/debian_version' };
  const shown = packageText(
    aPackage([{ name: 'Server', commandLine: './install.sh', workingDirectory: 'server', requirements, successCodes: [0, 2] }]),
  );

  expect(shown).toMatch(/Server +\.\/install\.sh +server +.*\/etc\/debian_version.* +0 2/);
  expect(packageText(aPackage([]))).toContain('It has no programs: it runs as its kind says.');
});

it('two programs of one name, and a folder outside of the package, are refused', () => {
  const program = (name: string, workingDirectory = '') => ({ name, commandLine: 'true', workingDirectory });

  expect(() => PackagePrograms.parse([program('A'), program('a')])).toThrow('two programs have the same name');
  for (const folder of ['/etc', '..', 'a/../../b']) expect(() => PackagePrograms.parse([program('A', folder)])).toThrow('below the folder');
  expect(PackagePrograms.parse([program('A', 'a..b/c')])).toHaveLength(1);
});

it('the versions of a package show who made each, why, and which runs have it', () => {
  const { id: _id, name: _name, kind: _kind, createdAt, ...contents } = aPackage([]);
  const version = { ...contents, comment: 'mends the crash', savedBy: 'ada', savedAt: createdAt, usedBy: ['the run on lab-1'] };

  expect(versionsText([version])).toMatch(
    /1 +2026-11-22T10:00:00.000Z +ada +editor\.tgz +1 bytes +a{12} +the run on lab-1 +mends the crash/,
  );
});
