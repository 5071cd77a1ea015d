/** What people read of each kind of condition; docs/reference/conditions.md is generated from it. */
import type { Condition, ConditionKindName } from './condition.ts';

export interface ConditionGuide {
  readonly title: string;
  readonly holds: string;
  readonly bootEnvironment: string;
  readonly installedSystem: string;
  readonly example: Condition;
}

const offline =
  'The operating system that this run applied; before that, the one found on the disks. It is looked at without being started.';

export const conditionGuides: Readonly<Record<ConditionKindName, ConditionGuide>> = {
  variable: {
    title: 'Task sequence variable',
    holds:
      'The comparison holds; numbers compare as numbers, everything else as text without regard to case; `like` knows `*` and `?`. A variable without a value holds only for notExists, notEquals and notLike.',
    bootEnvironment: 'Yes',
    installedSystem: 'Yes',
    example: { variable: '_SMSTSModel', operator: 'like', value: 'OptiPlex 70*' },
  },
  file: {
    title: 'File properties',
    holds: 'The file exists and the comparisons hold.',
    bootEnvironment:
      'The files of the boot environment; those of the applied system are below `%OSDTargetSystemRoot%`. A path with a drive letter is one of the Windows on the disk.',
    installedSystem: 'Yes',
    example: { file: '%OSDTargetSystemRoot%/etc/crypttab', modified: { operator: 'greater', value: '2026-01-01T00:00:00Z' } },
  },
  folder: {
    title: 'Folder properties',
    holds: 'The folder exists and the comparison holds.',
    bootEnvironment: 'As for files.',
    installedSystem: 'Yes',
    example: { folder: '/srv/data' },
  },
  operatingSystem: {
    title: 'Operating system version',
    holds: 'The operating system is any of the listed ones.',
    bootEnvironment: offline,
    installedSystem: 'Linux',
    example: { operatingSystem: [{ id: 'debian', version: { operator: 'greaterEqual', value: '12' } }, { family: 'windows' }] },
  },
  operatingSystemLanguage: {
    title: 'Operating system language',
    holds: 'The language of the operating system is this one: `LANG` on Linux, the language of installation on Windows.',
    bootEnvironment: offline,
    installedSystem: 'Linux',
    example: { operatingSystemLanguage: 'de-DE' },
  },
  registry: {
    title: 'Registry setting',
    holds: 'The comparison holds for the value, as for a variable.',
    bootEnvironment: 'The Windows on the disk: HKEY_LOCAL_MACHINE\\SOFTWARE, SYSTEM, SAM and SECURITY, and HKEY_USERS\\.DEFAULT.',
    installedSystem: 'Not on Linux: an error says so.',
    example: { registry: 'HKLM\\SOFTWARE\\Contoso\\Client', valueName: 'Ring', operator: 'equals', data: '2' },
  },
  software: {
    title: 'Installed software',
    holds: 'It is installed, in a version that compares as wanted. Linux: a .deb or .rpm package. Windows: a program’s name or its code.',
    bootEnvironment: offline,
    installedSystem: 'Linux, by name',
    example: { software: 'openssh-server', version: { operator: 'greaterEqual', value: '9.2' } },
  },
  wmi: {
    title: 'Query WMI',
    holds: 'The query finds anything. The classes below are answered from the hardware.',
    bootEnvironment: 'The classes below',
    installedSystem: 'The classes below',
    example: { wmi: 'SELECT * FROM Win32_SystemEnclosure WHERE ChassisTypes = 9 OR ChassisTypes = 10' },
  },
};
