import { mkdir, readFile, readdir, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installBootLoader } from '../src/target/boot-loader.ts';
import { generalizeTree } from '../src/target/generalize.ts';
import { applyNetworkSettings, type AdapterSettings } from '../src/target/network-settings.ts';
import { applyOsSettings } from '../src/target/os-settings.ts';
import { resolveInTree, writeTreeFile } from '../src/target/tree-files.ts';
import { listMountPoints } from '../src/tools/mount.ts';
import { aFolder, aPort } from './loop-disk.ts';
import { networkPrograms } from './network-programs.ts';

const isRoot = process.getuid?.() === 0;

/** A tree of the given files; a Debian one by its os-release. */
async function fill(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  const all = { 'etc/os-release': 'ID=debian\nVERSION_ID=13\n', ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

const read = async (root: string, path: string): Promise<string> => readFile(join(root, path), 'utf8');

describe('files of a tree', () => {
  test('links are followed inside the tree, absolute ones and those with ".." too, and never out of it', async () => {
    await using tree = await aFolder();
    await mkdir(join(tree.path, 'run'), { recursive: true });
    await mkdir(join(tree.path, 'etc'));
    await symlink('/run/inside', join(tree.path, 'etc/absolute'));
    await symlink('../../../../../etc/passwd', join(tree.path, 'etc/above'));
    await symlink('loop', join(tree.path, 'etc/loop'));

    await writeTreeFile(tree.path, 'etc/absolute', 'text', 0o600);

    expect(await read(tree.path, 'run/inside')).toBe('text');
    expect(await resolveInTree(tree.path, 'etc/above')).toBe(join(tree.path, 'etc/passwd'));
    await expect(resolveInTree(tree.path, 'etc/loop')).rejects.toMatchObject({ code: 'TARGET_LINK_LOOP' });
  });
});

describe.skipIf(!isRoot)('operating system settings (needs root to work inside the tree)', () => {
  const shadow = 'root:$y$old:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n';
  const accounts = { 'etc/shadow': shadow, 'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n', 'etc/group': 'root:x:0:\nshadow:x:42:\n' };

  test('name, time zone, root without password, ssh keys and a fresh identity are written, and nothing stays mounted', async () => {
    await using tree = await aFolder();
    await fill(tree.path, {
      ...accounts,
      'etc/hosts': '127.0.0.1\tlocalhost\n127.0.1.1\told.example.org old\n::1\tlocalhost\n',
      'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
      'etc/ssh/ssh_host_ed25519_key': 'secret',
      'usr/sbin/sshd': '',
      'usr/bin/systemctl': '',
      'usr/share/zoneinfo/Europe/Berlin': 'TZif',
      'etc/default/locale': '',
    });
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ ada@example.org';
    const settings = {
      computerName: 'pc-7.example.org',
      timeZone: 'Europe/Berlin',
      locale: 'C.UTF-8',
      keyboard: 'de',
      administrator: { name: 'root', sshAuthorizedKeys: [key] },
    };

    await applyOsSettings(tree.path, settings, aPort());
    await applyOsSettings(tree.path, settings, aPort());

    expect(await read(tree.path, 'etc/hostname')).toBe('pc-7\n');
    expect(await read(tree.path, 'etc/hosts')).toBe('127.0.0.1\tlocalhost\n127.0.1.1\tpc-7.example.org pc-7\n::1\tlocalhost\n');
    expect(await readlink(join(tree.path, 'etc/localtime'))).toBe('/usr/share/zoneinfo/Europe/Berlin');
    expect(await read(tree.path, 'etc/default/locale')).toBe('LANG=C.UTF-8\n');
    expect(await read(tree.path, 'etc/default/keyboard')).toContain('XKBLAYOUT="de"');
    expect(await read(tree.path, 'etc/shadow')).toMatch(/^root:\*:\d+:0:99999:7:::\ndaemon:\*:19000:/);
    expect(await read(tree.path, 'root/.ssh/authorized_keys')).toBe(`${key}\n`);
    expect((await stat(join(tree.path, 'root/.ssh/authorized_keys'))).mode & 0o777).toBe(0o600);
    expect(await read(tree.path, 'etc/machine-id')).toBe('');
    expect(await readdir(join(tree.path, 'etc/ssh'))).toEqual([]);
    expect(await read(tree.path, 'etc/systemd/system/ostler-ssh-host-keys.service')).toContain('ssh-keygen -A');
    expect((await listMountPoints()).filter((each) => each.startsWith(tree.path))).toEqual([]);
  });

  test('a failing program of the tree leaves nothing mounted', async () => {
    await using tree = await aFolder();
    await fill(tree.path, accounts);

    const administrator = { name: 'root', password: 'secret-word', sshAuthorizedKeys: [] };
    const failure = await applyOsSettings(tree.path, { administrator }, aPort()).catch((error: unknown) => error);

    expect(failure).toMatchObject({ code: 'COMMAND_FAILED' });
    expect(String(failure)).not.toContain('secret-word');
    expect((await listMountPoints()).filter((each) => each.startsWith(tree.path))).toEqual([]);
  });

  test.each([
    ['a name with an underscore', { computerName: 'my_pc' }],
    ['a name that ends with a hyphen', { computerName: 'pc-' }],
    ['a name of digits', { computerName: '192' }],
    ['a name of 64 letters', { computerName: 'a'.repeat(64) }],
    ['an unknown time zone', { timeZone: 'Europe/Atlantis' }],
    ['a time zone that leaves its folder', { timeZone: '../../etc/passwd' }],
    ['a locale the image cannot make', { locale: 'de_DE.UTF-8' }],
    ['a keyboard with a shell command', { keyboard: 'us"; reboot' }],
    ['a named administrator without sudo in the image', { administrator: { name: 'ada', sshAuthorizedKeys: [] } }],
    ['an ssh key of two lines', { administrator: { name: 'root', sshAuthorizedKeys: ['ssh-ed25519 AAAA\nx'] } }],
  ])('%s is refused', async (_name, settings) => {
    await using tree = await aFolder();
    await fill(tree.path, accounts);

    await expect(applyOsSettings(tree.path, settings, aPort())).rejects.toMatchObject({ code: 'SETTING_INVALID' });
    expect(await read(tree.path, 'etc/shadow')).toBe(shadow);
  });
});

describe('network settings', () => {
  const fixed: AdapterSettings = {
    name: 'eth1',
    enableDhcp: false,
    addresses: ['192.0.2.10/24', '2001:db8::10/64'],
    gateways: ['192.0.2.1'],
    dnsServers: ['192.0.2.53'],
    dnsDomain: 'example.org',
  };
  const byMac: AdapterSettings = { macAddress: '52-54-00-AA-BB-01', enableDhcp: true, addresses: [], gateways: [], dnsServers: [] };
  const machineAdapters = [
    { name: 'eth0', macAddress: '52:54:00:aa:bb:01' },
    { name: 'eth1', macAddress: '52:54:00:aa:bb:02' },
  ];
  const settings = { adapters: [byMac, fixed], dnsSuffixSearchOrder: ['corp.example'], machineAdapters };

  const expected = {
    netplan: [
      'etc/netplan/90-ostler.yaml',
      'match: { macaddress: "52:54:00:aa:bb:02" }',
      'addresses: ["192.0.2.10/24","2001:db8::10/64"]',
      'via: "192.0.2.1"',
    ],
    'network-manager': [
      'etc/NetworkManager/system-connections/ostler-1.nmconnection',
      'mac-address=52:54:00:aa:bb:02',
      'method=manual\naddress1=192.0.2.10/24\ngateway=192.0.2.1',
    ],
    ifupdown: [
      'etc/network/interfaces.d/ostler',
      'auto /mac/52:54:00:aa:bb:02=ostler1\niface ostler1 inet static\n    address 192.0.2.10/24\n    gateway 192.0.2.1',
    ],
    'systemd-networkd': [
      'etc/systemd/network/10-ostler-1.network',
      'MACAddress=52:54:00:aa:bb:02',
      'DHCP=no\nAddress=192.0.2.10/24\nAddress=2001:db8::10/64\nGateway=192.0.2.1\nDNS=192.0.2.53\nDomains=example.org corp.example',
    ],
  } as const;

  test.each(Object.keys(networkPrograms) as (keyof typeof networkPrograms)[])(
    'are written for %s, adapters matched by MAC address',
    async (stack) => {
      await using tree = await aFolder();
      await fill(tree.path, { [networkPrograms[stack]]: '', 'usr/lib/systemd/systemd-networkd': '' });

      const report = await applyNetworkSettings(tree.path, settings, aPort());

      const [file, ...texts] = expected[stack];
      expect(report.stack).toBe(stack);
      expect(report.files).toContain(`/${file}`);
      const written = await read(tree.path, file);
      for (const text of texts) expect(written).toContain(text);
    },
  );

  test('without adapters every wired one asks DHCP; an earlier run leaves no file behind', async () => {
    await using tree = await aFolder();
    await fill(tree.path, { 'usr/lib/systemd/systemd-networkd': '', 'usr/lib/systemd/system/systemd-networkd.service': '' });
    await applyNetworkSettings(tree.path, settings, aPort());

    await applyNetworkSettings(tree.path, { ...settings, adapters: [] }, aPort());

    expect(await readdir(join(tree.path, 'etc/systemd/network'))).toEqual(['10-ostler-0.network']);
    expect(await read(tree.path, 'etc/systemd/network/10-ostler-0.network')).toContain('Name=en* eth*\n\n[Network]\nDHCP=yes');
    expect(await readlink(join(tree.path, 'etc/systemd/system/multi-user.target.wants/systemd-networkd.service'))).toBe(
      '/usr/lib/systemd/system/systemd-networkd.service',
    );
  });

  test.each([
    ['an address without prefix', { ...fixed, addresses: ['192.0.2.10'] }, 'SETTING_INVALID'],
    ['a prefix that is too long', { ...fixed, addresses: ['192.0.2.10/33'] }, 'SETTING_INVALID'],
    ['a gateway that is a name', { ...fixed, gateways: ['router'] }, 'SETTING_INVALID'],
    ['neither DHCP nor an address', { ...fixed, addresses: [] }, 'SETTING_INVALID'],
    ['a name that the machine has not', { ...fixed, name: 'eth9' }, 'ADAPTER_NOT_FOUND'],
  ])('%s is refused', async (_name, adapter, code) => {
    await using tree = await aFolder();
    await fill(tree.path, { 'usr/sbin/netplan': '' });

    await expect(applyNetworkSettings(tree.path, { ...settings, adapters: [adapter] }, aPort())).rejects.toMatchObject({ code });
  });
});

describe('preparing a tree for capture', () => {
  test('takes identity and leavings away, says what, keeps what it is told to, and finds nothing the second time', async () => {
    await using tree = await aFolder();
    await fill(tree.path, {
      'etc/hostname': 'reference\n',
      'etc/machine-id': 'abc\n',
      'etc/ssh/ssh_host_rsa_key': 'x',
      'etc/ssh/sshd_config': 'kept',
      'usr/sbin/sshd': '',
      'usr/bin/systemctl': '',
      'var/log/syslog': 'lines',
      'var/log/syslog.2.gz': 'old',
      'var/log/journal/abc/system.journal': 'j',
      'var/lib/dhcp/dhclient.leases': 'lease',
      'var/cache/apt/archives/a.deb': 'd',
      'root/.bash_history': 'secret',
      'home/ada/.bash_history': 'secret',
      'home/ada/work.txt': 'kept',
      'tmp/x/y': 't',
      'tmp/.hidden': 't',
      'var/lib/ostler/agent.mjs': 'kept while it runs',
    });
    const request = { root: tree.path, keep: ['/var/lib/ostler'] };

    const done = await generalizeTree(request, aPort());

    expect(done.flatMap(({ paths }) => paths).toSorted()).toEqual([
      '/etc/hostname',
      '/etc/machine-id',
      '/etc/ssh/ssh_host_rsa_key',
      '/home/ada/.bash_history',
      '/root/.bash_history',
      '/tmp/.hidden',
      '/tmp/x',
      '/var/cache/apt/archives/a.deb',
      '/var/lib/dhcp/dhclient.leases',
      '/var/log/journal/abc',
      '/var/log/syslog',
      '/var/log/syslog.2.gz',
    ]);
    expect(await read(tree.path, 'var/log/syslog')).toBe('');
    expect(await read(tree.path, 'home/ada/work.txt')).toBe('kept');
    expect(await readdir(join(tree.path, 'etc/ssh'))).toEqual(['sshd_config']);
    expect(await readdir(join(tree.path, 'var/lib/ostler'))).toEqual(['agent.mjs']);
    expect(await generalizeTree(request, aPort())).toEqual([]);
    await generalizeTree({ ...request, keep: [] }, aPort());
    expect(await readdir(join(tree.path, 'var/lib'))).toEqual(['dhcp']);
  });

  test('a folder without an operating system is refused', async () => {
    await using folder = await aFolder();

    await expect(generalizeTree({ root: folder.path, keep: [] }, aPort())).rejects.toMatchObject({ code: 'TARGET_NOT_LINUX' });
  });
});

describe('what a tree must have to boot', () => {
  const request = { disk: '/dev/none', firmware: 'uefi', mounts: [], kernelOptions: [], firmwareEntry: false } as const;

  test('is named before anything is written', async () => {
    await using tree = await aFolder();
    const install = () => installBootLoader({ ...request, root: tree.path }, aPort());

    await expect(install()).rejects.toMatchObject({ code: 'TARGET_NOT_LINUX' });
    await fill(tree.path, {});
    await expect(install()).rejects.toMatchObject({ code: 'KERNEL_MISSING' });
    await fill(tree.path, { 'boot/vmlinuz-6.12.0': '' });
    await expect(install()).rejects.toMatchObject({ code: 'BOOT_LOADER_MISSING', details: { missing: 'grub-install' } });
    await fill(tree.path, { 'usr/sbin/grub-install': '', 'usr/sbin/grub-mkconfig': '' });
    await expect(install()).rejects.toThrow('/usr/lib/grub/x86_64-efi is not in it');
    await fill(tree.path, { 'usr/lib/grub/x86_64-efi/moddep.lst': '' });
    await expect(install()).rejects.toMatchObject({ code: 'BOOT_PARTITION_MISSING' });
    expect((await readdir(join(tree.path, 'etc'))).toSorted()).toEqual(['os-release']);
  });
});
