/** Which operating system a tree holds: os-release and locale of a Linux, registry of a Windows. */
import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { describeLinuxTree, pathInside } from '@ostler/imaging';
import type { OperatingSystem } from '@ostler/task-sequence';
import type { SystemTree } from './system-tree.ts';
import { WindowsRegistry } from './windows-registry.ts';

export function operatingSystemOf(tree: SystemTree, signal: AbortSignal): Promise<OperatingSystem> {
  return tree.family === 'linux' ? linuxSystem(tree.root) : windowsSystem(new WindowsRegistry(tree.root, signal));
}

async function linuxSystem(root: string): Promise<OperatingSystem> {
  const tree = await describeLinuxTree(root);
  return {
    family: 'linux',
    ids: tree?.families.map((id) => id.toLowerCase()) ?? [],
    name: tree?.prettyName ?? tree?.id ?? 'Linux',
    version: tree?.version,
    architecture: tree?.architecture,
    language: await linuxLanguage(root),
  };
}

/** locale.conf(5) where there is one; Debian before 13 has its own file. A system without either speaks C. */
async function linuxLanguage(root: string): Promise<string> {
  for (const path of ['etc/locale.conf', 'etc/default/locale']) {
    const place = await pathInside(root, path, { ignoreCase: false });
    const language = place === null ? undefined : parseEnv(await readFile(place, 'utf8'))['LANG'];
    if (language !== undefined && language !== '') return language.replace(/[.@].*$/, '').replace('_', '-');
  }
  return 'C';
}

const current = String.raw`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`;
const environment = String.raw`HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`;
const architectures: Readonly<Record<string, string>> = { amd64: 'amd64', arm64: 'arm64', arm: 'arm', x86: 'x86' };

async function windowsSystem(registry: WindowsRegistry): Promise<OperatingSystem> {
  const values = (await registry.key(current))?.values;
  const value = (name: string): string | undefined => values?.get(name.toLowerCase())?.data;
  const major = value('CurrentMajorVersionNumber');
  const kernel = major === undefined ? value('CurrentVersion') : `${major}.${value('CurrentMinorVersionNumber') ?? '0'}`;
  const build = value('CurrentBuildNumber') ?? value('CurrentBuild');
  const processor = await registry.value(environment, 'PROCESSOR_ARCHITECTURE');
  return {
    family: 'windows',
    ids: ['windows'],
    name: value('ProductName') ?? 'Windows',
    version: kernel === undefined || build === undefined ? undefined : `${kernel}.${build}`,
    architecture: architectures[processor?.toLowerCase() ?? ''],
    language: await windowsLanguage(registry),
  };
}

const control = String.raw`HKLM\SYSTEM\CurrentControlSet\Control`;

/** The language of installation is a number, in hexadecimal; the installed languages say which tag has it. */
async function windowsLanguage(registry: WindowsRegistry): Promise<string | undefined> {
  const installed = await registry.value(`${control}\\Nls\\Language`, 'InstallLanguage');
  if (installed === undefined) return undefined;
  const languages = `${control}\\MUI\\UILanguages`;
  for (const tag of await registry.subkeys(languages)) {
    const number = await registry.value(`${languages}\\${tag}`, 'LCID');
    if (Number(number) === Number.parseInt(installed, 16)) return tag;
  }
  return undefined;
}
