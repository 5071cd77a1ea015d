import { mkdir, realpath, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Condition } from '@ostler/contract';
import { lookInto, run, type Disk } from '@ostler/imaging';
import { conditionHolds, Variables } from '@ostler/task-sequence';
import { describe, expect, test } from 'vitest';
import { createConditionFacts } from '../src/conditions/condition-facts.ts';
import type { SystemTreeSources } from '../src/conditions/system-tree.ts';
import { realImaging } from '../src/imaging-operations.ts';
import { Target, type TargetPartition } from '../src/target.ts';
import { aFolder } from './builders.ts';
import { aWindowsTree, windows11 } from './windows-tree.ts';

const signal = AbortSignal.timeout(120_000);
const isRoot = process.getuid?.() === 0;

async function aTree(root: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

interface Computer {
  readonly folder: string;
  readonly environment?: SystemTreeSources['environment'];
  readonly root?: string;
  /** The partitions of its one disk: devices, or files that look like them. */
  readonly partitions?: readonly string[];
  readonly variables?: Variables;
}

/** A computer with the real imaging operations, of which only the list of disks is made up: those of this machine are not its. */
function aComputer({ folder, environment = 'boot-image', root = '/', partitions = [], variables = new Variables([]) }: Computer) {
  const disk = {
    index: 0,
    path: '/dev/none',
    partitions: partitions.map((path, index) => ({ path, number: index + 1, sizeBytes: 0, mountPoints: [] })),
  };
  const sources: SystemTreeSources = {
    environment,
    root,
    target: new Target({ imaging: realImaging, mountRoot: join(folder, 'target') }),
    imaging: { listDisks: async () => [disk as unknown as Disk], lookInto },
    variables,
    port: { signal, report: () => undefined },
  };
  return (condition: Condition) => conditionHolds(Condition.parse(condition), { variables, facts: createConditionFacts(sources) });
}

/** The variables of a run that has applied an operating system to a device. */
function applied(path: string, fileSystem: TargetPartition['fileSystem']): Variables {
  const place = { disk: '/dev/none', diskIndex: 0, number: 1, path, partUuid: null, uuid: null, type: 'primary' as const };
  const partition: TargetPartition = { ...place, fileSystem, fresh: false, use: 'root', mountPoint: '/', encryption: null };
  return new Variables([{ name: '_OstlerTarget0', value: JSON.stringify(partition), secret: false }]);
}

/** What a Linux with dpkg has; the packages are installed by the real dpkg. */
async function aDebian(folder: string, root: string): Promise<void> {
  await aTree(root, {
    'usr/lib/os-release': 'ID=raspbian\nID_LIKE=debian\nVERSION_ID="12"\nPRETTY_NAME="Raspbian 12"\n',
    'etc/default/locale': 'LANG="de_DE.UTF-8"\n',
    'etc/fstab': '# none\n',
    'var/lib/dpkg/status': '',
    'var/lib/dpkg/available': '',
    'var/lib/dpkg/updates/.keep': '',
    'var/lib/dpkg/info/format': '1\n',
  });
  await symlink('../usr/lib/os-release', join(root, 'etc/os-release'));
  await symlink('/etc/fstab', join(root, 'etc/link'));
  await aTree(join(folder, 'package'), {
    'DEBIAN/control': 'Package: ostler-probe\nVersion: 1:2.10-1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: a probe\n',
    'usr/share/probe': 'x',
  });
  await run('dpkg-deb', ['--build', join(folder, 'package'), join(folder, 'probe.deb')], { signal });
  const where = [`--root=${root}`, '--force-not-root', '--force-script-chrootless', '--force-bad-path'];
  await run('dpkg', [...where, '--install', join(folder, 'probe.deb')], { signal });
}

/** A disk with a Windows on NTFS, put there as an image is. */
async function aWindowsDisk(folder: string): Promise<string> {
  const tree = join(folder, 'tree');
  await aWindowsTree(tree, windows11);
  const version = Buffer.from([0, 0, 1, 0, 0, 0, 10, 0, 1, 0, 2, 0]);
  const program = [
    Buffer.from('MZ'),
    Buffer.alloc(3_000_000),
    Buffer.from('VS_VERSION_INFO\0\0', 'utf16le'),
    Buffer.from('bd04effe', 'hex'),
    version,
    Buffer.alloc(50),
  ];
  await aTree(tree, { 'Program Files/App/App.exe': Buffer.concat(program) });
  const [wim, ntfs] = [join(folder, 'w.wim'), join(folder, 'ntfs.img')];
  await run('truncate', ['--size=64M', ntfs], { signal });
  await run('mkfs.ntfs', ['--quick', '--force', ntfs], { signal });
  await run('wimlib-imagex', ['capture', tree, wim, '--no-acls', '--compress=none'], { signal });
  await run('wimlib-imagex', ['apply', wim, '1', ntfs], { signal });
  return realpath(ntfs);
}

describe('in the installed system', () => {
  test('conditions are answered from its files, its release and its packages', async () => {
    await using folder = await aFolder();
    const root = join(folder.path, 'root');
    await aDebian(folder.path, root);
    await utimes(join(root, 'etc/fstab'), 0, Date.parse('2026-02-03T04:05:06Z') / 1000);
    const holds = aComputer({ folder: folder.path, environment: 'installed-os', root });

    expect(await holds({ file: '/etc/fstab', modified: { operator: 'equals', value: '2026-02-03T04:05:06Z' } })).toBe(true);
    expect(await holds({ file: '/etc' })).toBe(false);
    expect(await holds({ folder: '/etc' })).toBe(true);
    expect(await holds({ folder: '/etc/fstab/below' })).toBe(false);
    expect(await holds({ operatingSystem: [{ id: 'debian', version: { operator: 'less', value: '13' } }] })).toBe(true);
    expect(await holds({ operatingSystemLanguage: 'de' })).toBe(true);
    expect(await holds({ software: 'ostler-probe', version: { operator: 'equals', value: '2.10-1' } })).toBe(true);
    expect(await holds({ software: 'ostler-*' })).toBe(true);
    expect(await holds({ software: 'ostler' })).toBe(false);
    expect(await holds({ wmi: "SELECT * FROM Win32_OperatingSystem WHERE Caption LIKE 'Raspbian%' AND Version = '12'" })).toBe(true);
  });

  test('a package that was removed is not installed, though dpkg still knows it', async () => {
    await using folder = await aFolder();
    const root = join(folder.path, 'root');
    await aDebian(folder.path, root);
    await run('dpkg', [`--root=${root}`, '--force-bad-path', '--remove', 'ostler-probe'], { signal });
    const holds = aComputer({ folder: folder.path, environment: 'installed-os', root });

    expect(await holds({ software: 'ostler-probe' })).toBe(false);
  });

  test('what only Windows has is an error that says so', async () => {
    await using folder = await aFolder();
    await aTree(folder.path, { 'etc/os-release': 'ID=debian\n' });
    const holds = aComputer({ folder: folder.path, environment: 'installed-os', root: folder.path });

    await expect(holds({ registry: 'HKLM\\SOFTWARE', operator: 'exists' })).rejects.toThrow(/HKLM\\SOFTWARE.*Linux, which has no registry/);
    await expect(holds({ file: 'C:\\x' })).rejects.toThrow(/Linux, which has no drive letters/);
    await expect(holds({ software: '{23170F69-40C1-2702-2301-000001000000}', match: 'product-code' })).rejects.toThrow(/are for Windows/);
    await expect(holds({ file: '%Unknown%/x' })).rejects.toThrow(/path must be absolute, and its variables must have values/);
    await expect(holds({ software: 'x' })).rejects.toThrow(/neither dpkg nor rpm/);
    await expect(holds({ operatingSystem: [{ version: { operator: 'less', value: '13' } }] })).rejects.toThrow(/debian does not say it/);
  });
});

describe.skipIf(!isRoot)('in the boot environment (mounting needs root)', () => {
  test('the Linux on the disk is looked into, and nothing of it is left mounted', async () => {
    await using folder = await aFolder();
    await aDebian(folder.path, join(folder.path, 'tree'));
    const [empty, ext4] = [join(folder.path, 'empty.img'), join(folder.path, 'ext4.img')];
    await run('truncate', ['--size=64M', empty, ext4], { signal });
    await run('mkfs.ext4', ['-q', '-d', join(folder.path, 'tree'), ext4], { signal });
    const holds = aComputer({ folder: folder.path, partitions: [empty, ext4] });

    expect(await holds({ operatingSystem: [{ id: 'raspbian' }] })).toBe(true);
    expect(await holds({ software: 'ostler-probe', version: { operator: 'greater', value: '2.9' } })).toBe(true);
    expect(await holds({ file: `${folder.path}/target/root/etc/link` })).toBe(true);
    expect(await holds({ file: `${folder.path}/target/root/etc/nothing` })).toBe(false);
    expect(await holds({ file: ext4 })).toBe(true);
    expect((await run('losetup', ['--associated', ext4], { signal })).stdout).toBe('');
  });

  test('a computer without an operating system has none: that is an answer, but nothing to look into is not', async () => {
    await using folder = await aFolder();
    const empty = join(folder.path, 'empty.img');
    await run('truncate', ['--size=8M', empty], { signal });
    const holds = aComputer({ folder: folder.path, partitions: [empty] });

    expect(await holds({ operatingSystem: [{ family: 'linux' }] })).toBe(false);
    expect(await holds({ software: 'x' })).toBe(false);
    await expect(holds({ registry: 'HKLM\\SOFTWARE', operator: 'notExists' })).rejects.toThrow(/no Windows on the disks/);
    await expect(holds({ file: 'c:\\Windows' })).rejects.toThrow(/no Windows on the disks/);
  });

  test('an encrypted disk is an error that names it: nobody can tell what is on it', async () => {
    await using folder = await aFolder();
    const luks = join(folder.path, 'luks.img');
    await run('truncate', ['--size=32M', luks], { signal });
    const format = ['luksFormat', '--batch-mode', '--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000', luks, '-'];
    await run('cryptsetup', format, { signal, input: 'secret' });
    const holds = aComputer({ folder: folder.path, partitions: [luks] });

    await expect(holds({ operatingSystem: [{ family: 'linux' }] })).rejects.toThrow(/luks\.img is encrypted with LUKS/);
  });

  test('the Windows on the disk answers from its files and its registry', async () => {
    await using folder = await aFolder();
    const ntfs = await aWindowsDisk(folder.path);
    const holds = aComputer({ folder: folder.path, partitions: [ntfs] });
    const client = 'HKEY_LOCAL_MACHINE\\software\\contoso\\client';

    expect(
      await holds({
        operatingSystem: [{ family: 'windows', architecture: 'amd64', version: { operator: 'equals', value: '10.0.22631' } }],
      }),
    ).toBe(true);
    expect(await holds({ operatingSystemLanguage: 'de-DE' })).toBe(true);
    expect(await holds({ file: 'c:/program files/app/APP.EXE', version: { operator: 'equals', value: '10.0.2.1' } })).toBe(true);
    expect(await holds({ file: 'C:\\Program Files\\app\\app.exe', version: { operator: 'greater', value: '0.9' } })).toBe(true);
    expect(await holds({ folder: 'C:\\WINDOWS\\system32' })).toBe(true);
    expect(await holds({ registry: client, valueName: 'ring', operator: 'less', data: '10' })).toBe(true);
    expect(await holds({ registry: 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Nls\\Language', operator: 'exists' })).toBe(true);
    expect(await holds({ software: '7-Zip*', version: { operator: 'greaterEqual', value: '23.1' } })).toBe(true);
    await expect(holds({ file: 'D:\\x' })).rejects.toThrow(/only C: is known/);
    await expect(holds({ registry: 'HKCU\\Software', operator: 'exists' })).rejects.toThrow(/only a running Windows has this key/);
    await expect(holds({ registry: 'HKU\\.DEFAULT\\X', operator: 'exists' })).rejects.toThrow(/has no hive DEFAULT/);
  });

  test('what this run has applied is asked, not what else is on the disks', async () => {
    await using folder = await aFolder();
    const ntfs = await aWindowsDisk(folder.path);
    await aTree(join(folder.path, 'linux'), { 'etc/os-release': 'ID=debian\nVERSION_ID=13\n', 'home/a': 'x' });
    const ext4 = join(folder.path, 'ext4.img');
    await run('truncate', ['--size=64M', ext4], { signal });
    await run('mkfs.ext4', ['-q', '-d', join(folder.path, 'linux'), ext4], { signal });
    const withWindows = aComputer({ folder: join(folder.path, 'a'), partitions: [ext4, ntfs], variables: applied(ntfs, 'ntfs') });
    const withLinux = aComputer({ folder: join(folder.path, 'b'), partitions: [ntfs, ext4], variables: applied(ext4, 'ext4') });

    expect(await withWindows({ operatingSystem: [{ family: 'windows' }] })).toBe(true);
    expect(await withWindows({ file: join(folder.path, 'a/target/root/windows/System32/config/software') })).toBe(true);
    expect(await withLinux({ operatingSystem: [{ id: 'debian', version: { operator: 'equals', value: '13' } }] })).toBe(true);
    expect(await withLinux({ file: join(folder.path, 'b/target/root/home/a') })).toBe(true);
  });
});
