import { describe, expect, test } from 'vitest';
import { installedVersions } from '../src/conditions/installed-software.ts';
import { operatingSystemOf } from '../src/conditions/operating-system.ts';
import { WindowsRegistry } from '../src/conditions/windows-registry.ts';
import { aFolder } from './builders.ts';
import { aWindowsTree, windows11 } from './windows-tree.ts';

const signal = AbortSignal.timeout(60_000);

describe('the registry of a Windows that is not running', () => {
  test('shows every type of value, whatever the case of its name', async () => {
    await using folder = await aFolder();
    await aWindowsTree(folder.path, windows11);
    const registry = new WindowsRegistry(folder.path, signal);

    const key = await registry.key(String.raw`HKLM\Software\CONTOSO\client`);

    expect(Object.fromEntries(key?.values ?? [])).toEqual({
      ring: { type: 'DWORD', data: '2' },
      path: { type: 'EXPAND_SZ', data: '%SystemRoot%\\x' },
      blob: { type: 'BINARY', data: '01ff' },
      big: { type: 'QWORD', data: '4294967296' },
      list: { type: 'MULTI_SZ', data: 'a\nb' },
      '': { type: 'SZ', data: 'the default' },
    });
  });

  test('has no key where there is none, instead of an error', async () => {
    await using folder = await aFolder();
    await aWindowsTree(folder.path, windows11);

    expect(await new WindowsRegistry(folder.path, signal).key(String.raw`HKLM\SOFTWARE\Nobody\x`)).toBeNull();
  });

  test('tells the operating system, also in the control set that it last started', async () => {
    await using folder = await aFolder();
    await aWindowsTree(folder.path, windows11);

    expect(await operatingSystemOf({ family: 'windows', root: folder.path }, signal)).toEqual({
      family: 'windows',
      ids: ['windows'],
      name: 'Windows "11" Pro',
      version: '10.0.22631',
      architecture: 'amd64',
      language: 'de-DE',
    });
  });

  test('tells installed programs by name, product code and upgrade code', async () => {
    await using folder = await aFolder();
    await aWindowsTree(folder.path, windows11);
    const versions = (software: string, match: 'name' | 'product-code' | 'upgrade-code') =>
      installedVersions({ software, match }, { family: 'windows', root: folder.path }, signal);

    expect(await versions('mozilla*', 'name')).toEqual(['128.0']);
    expect(await versions('{23170F69-40C1-2702-2301-000001000000}', 'product-code')).toEqual(['23.01.00.0']);
    expect(await versions('{23170F69-40C1-2702-2301-000001000001}', 'product-code')).toEqual([]);
    expect(await versions('{23170F69-40C1-2702-0000-000004000000}', 'upgrade-code')).toEqual(['23.01.00.0']);
  });
});
