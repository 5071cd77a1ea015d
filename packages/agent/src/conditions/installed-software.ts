/** What is installed in a tree: dpkg's or rpm's packages of a Linux, programs of a Windows. */
import { readFile } from 'node:fs/promises';
import { OstlerError } from '@ostler/contract';
import { hasProgram, pathInside, run } from '@ostler/imaging';
import { matchesPattern, wildcards, type SoftwareQuestion } from '@ostler/task-sequence';
import type { SystemTree } from './system-tree.ts';
import { WindowsRegistry } from './windows-registry.ts';

/** The version of each that is installed; empty: none. @throws OstlerError CONDITION_UNANSWERABLE */
export function installedVersions(
  question: SoftwareQuestion,
  { family, root }: SystemTree,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (family === 'windows') return programs[question.match](question.software, new WindowsRegistry(root, signal));
  if (question.match !== 'name') {
    throw unanswerable(question.software, `${question.match.replace('-', ' ')}s are for Windows, and the operating system is Linux`);
  }
  return packageVersions(question.software, root, signal);
}

async function packageVersions(name: string, root: string, signal: AbortSignal): Promise<readonly string[]> {
  const status = await pathInside(root, 'var/lib/dpkg/status', { ignoreCase: false });
  if (status !== null) return debianVersions(name, await readFile(status, 'utf8'));
  if (await hasProgram(root, 'rpm')) return rpmVersions(name, root, signal);
  throw unanswerable(name, 'the operating system has neither dpkg nor rpm');
}

/** dpkg's own record (dpkg(1), deb-status): `name` may have an architecture behind a colon. */
function debianVersions(wanted: string, status: string): readonly string[] {
  const [name = '', architecture] = wanted.toLowerCase().split(':');
  const pattern = wildcards(name);
  return status.split('\n\n').flatMap((paragraph) => {
    const field = (title: string): string => new RegExp(`^${title}: (.*)$`, 'm').exec(paragraph)?.[1]?.trim() ?? '';
    const isInstalled = field('Status').split(' ')[2] === 'installed';
    const isArchitecture = architecture === undefined || field('Architecture') === architecture;
    return isInstalled && isArchitecture && matchesPattern(field('Package'), pattern) ? [field('Version')] : [];
  });
}

/** The tree's own rpm: only it is sure to read its database. */
async function rpmVersions(name: string, root: string, signal: AbortSignal): Promise<readonly string[]> {
  const pattern = wildcards(name);
  const query = ['-qa', '--queryformat', String.raw`%{NAME}\t%{EVR}\n`];
  const { stdout } = root === '/' ? await run('rpm', query, { signal }) : await run('chroot', [root, 'rpm', ...query], { signal });
  return stdout.split('\n').flatMap((line) => {
    const [found = '', version = ''] = line.split('\t');
    return found !== '' && matchesPattern(found, pattern) ? [version] : [];
  });
}

const uninstallKeys = [
  String.raw`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`,
  String.raw`HKLM\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall`,
];
const upgradeCodes = String.raw`HKLM\SOFTWARE\Classes\Installer\UpgradeCodes`;

type Programs = (software: string, registry: WindowsRegistry) => Promise<readonly string[]>;
const programs: Readonly<Record<SoftwareQuestion['match'], Programs>> = {
  name: async (software, registry) => {
    const pattern = wildcards(software);
    return versionsOf(await uninstallEntries(registry), registry, (name) => matchesPattern(name, pattern));
  },
  'product-code': (code, registry) =>
    versionsOf(
      uninstallKeys.map((key) => `${key}\\${code}`),
      registry,
      () => true,
    ),
  'upgrade-code': async (code, registry) => {
    const products = (await registry.key(`${upgradeCodes}\\${packedCode(code)}`))?.values.keys() ?? [];
    const keys = [...products].filter((each) => each !== '').map(packedCode);
    return versionsOf(
      uninstallKeys.flatMap((key) => keys.map((product) => `${key}\\${product}`)),
      registry,
      () => true,
    );
  },
};

async function uninstallEntries(registry: WindowsRegistry): Promise<string[]> {
  const entries: string[] = [];
  for (const key of uninstallKeys) entries.push(...(await registry.subkeys(key)).map((name) => `${key}\\${name}`));
  return entries;
}

async function versionsOf(keys: readonly string[], registry: WindowsRegistry, fits: (name: string) => boolean): Promise<string[]> {
  const versions: string[] = [];
  for (const key of keys) {
    const values = (await registry.key(key))?.values;
    if (values !== undefined && fits(values.get('displayname')?.data ?? '')) versions.push(values.get('displayversion')?.data ?? '');
  }
  return versions;
}

const packedGroups = [8, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2];

/** Windows Installer's keys have codes without braces and dashes, each group of digits backwards. It is its own inverse. */
export function packedCode(code: string): string {
  const digits = code.replaceAll(/[{}-]/g, '');
  let at = 0;
  const groups = packedGroups.map((length) => {
    const group = digits.slice(at, at + length);
    at += length;
    return Array.from(group).toReversed().join('');
  });
  const packed = groups.join('').toUpperCase();
  if (code.startsWith('{')) return packed;
  return `{${packed.slice(0, 8)}-${packed.slice(8, 12)}-${packed.slice(12, 16)}-${packed.slice(16, 20)}-${packed.slice(20)}}`;
}

function unanswerable(software: string, problem: string): OstlerError {
  return new OstlerError('CONDITION_UNANSWERABLE', { question: `the installed software ${software}`, problem });
}
