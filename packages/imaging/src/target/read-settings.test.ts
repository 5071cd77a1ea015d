import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyNetworkSettings } from './network-settings.ts';
import { readNetworkSettings } from './read-network.ts';
import { readOsSettings } from './read-os-settings.ts';
import { networkPrograms } from '../../test/network-programs.ts';

async function aTree(files: Readonly<Record<string, string>>) {
  const root = await mkdtemp(join(tmpdir(), 'ostler-tree-'));
  for (const [path, text] of Object.entries({ 'etc/os-release': 'ID=debian\n', ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

const port = { signal: AbortSignal.timeout(30_000), report: () => undefined };

const wanted = {
  macAddress: '52:54:00:00:00:01',
  enableDhcp: false,
  addresses: ['192.0.2.10/24', '2001:db8::10/64'],
  gateways: ['192.0.2.1', '2001:db8::1'],
  dnsServers: ['192.0.2.2', '2001:db8::2'],
  dnsDomain: 'example.org',
};

describe.each(Object.entries(networkPrograms))('with %s', (stack, program) => {
  test('static settings that were applied are read back as they were', async () => {
    await using tree = await aTree({ [program]: '' });
    const dhcp = { macAddress: '52:54:00:00:00:02', enableDhcp: true, addresses: [], gateways: [], dnsServers: [], dnsDomain: undefined };
    await applyNetworkSettings(tree.root, { adapters: [wanted, dhcp], dnsSuffixSearchOrder: [], machineAdapters: [] }, port);

    const captured = await readNetworkSettings(tree.root);

    expect(captured).toEqual({ stack, adapters: [wanted, dhcp], dnsSuffixSearchOrder: ['example.org'] });
  });

  test('of two Apply Network Settings steps that run, the later one wins as a whole', async () => {
    // The conditions of each are its own, unlike in Configuration Manager: one that is skipped writes nothing.
    await using tree = await aTree({ [program]: '' });
    const settings = (adapter: typeof wanted) => ({ adapters: [adapter], dnsSuffixSearchOrder: [], machineAdapters: [] });
    await applyNetworkSettings(tree.root, settings(wanted), port);

    const later = { ...wanted, macAddress: '52:54:00:00:00:09', addresses: ['198.51.100.7/25'], gateways: ['198.51.100.1'] };
    await applyNetworkSettings(tree.root, settings(later), port);

    expect((await readNetworkSettings(tree.root)).adapters).toEqual([later]);
  });
});

describe('settings that people wrote', () => {
  test('are read from an interfaces file with netmask, and the loopback adapter is none', async () => {
    const interfaces = `auto lo
iface lo inet loopback
allow-hotplug enp1s0
iface enp1s0 inet static
    address 192.0.2.10
    netmask 255.255.254.0
    gateway 192.0.2.1   
    dns-nameservers 192.0.2.2 192.0.2.3
    dns-search example.org example.net
iface enp1s0 inet6 static
    address 2001:db8::5/64
`;
    await using tree = await aTree({ 'usr/sbin/ifup': '', 'etc/network/interfaces': interfaces });

    expect(await readNetworkSettings(tree.root)).toMatchObject({
      adapters: [
        {
          name: 'enp1s0',
          enableDhcp: false,
          addresses: ['192.0.2.10/23', '2001:db8::5/64'],
          gateways: ['192.0.2.1'],
          dnsServers: ['192.0.2.2', '192.0.2.3'],
        },
      ],
      dnsSuffixSearchOrder: ['example.org', 'example.net'],
    });
  });

  test('are read from netplan in the forms that installers write, and from a keyfile whose address carries the gateway', async () => {
    const yaml = `network:
  version: 2
  ethernets:
    eno1:
      addresses: [192.0.2.10/24, "192.0.2.11/24": {label: "x"}]
      gateway4: 192.0.2.1
      nameservers: {addresses: [192.0.2.2]}
`;
    await using netplan = await aTree({ 'usr/sbin/netplan': '', 'etc/netplan/00-installer.yaml': yaml });
    expect((await readNetworkSettings(netplan.root)).adapters).toMatchObject([
      { name: 'eno1', addresses: ['192.0.2.10/24', '192.0.2.11/24'], gateways: ['192.0.2.1'], dnsServers: ['192.0.2.2'] },
    ]);
    const keyfile = `[connection]
type=802-3-ethernet
interface-name=eno1
[ipv4]
method=manual
address1=192.0.2.10/24,192.0.2.1
dns=192.0.2.2;192.0.2.3;
[ipv6]
method=auto
`;
    await using manager = await aTree({
      'usr/sbin/NetworkManager': '',
      'etc/NetworkManager/system-connections/wired.nmconnection': keyfile,
      'etc/NetworkManager/system-connections/wifi.nmconnection': '[connection]\ntype=wifi\n',
    });
    expect((await readNetworkSettings(manager.root)).adapters).toMatchObject([
      { name: 'eno1', enableDhcp: false, addresses: ['192.0.2.10/24'], gateways: ['192.0.2.1'], dnsServers: ['192.0.2.2', '192.0.2.3'] },
    ]);
  });

  test('for every wired adapter alike are not settings of one adapter', async () => {
    await using tree = await aTree({
      'usr/lib/systemd/systemd-networkd': '',
      'etc/systemd/network/80-all.network': '[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n',
    });
    expect(await readNetworkSettings(tree.root)).toEqual({ stack: null, adapters: [], dnsSuffixSearchOrder: [] });
  });
});

test('name, time zone, locale, keyboard and the full name of the first user are read from the files of a system', async () => {
  await using tree = await aTree({
    'etc/hostname': 'pc-7\n',
    'etc/default/locale': 'LANG="de_DE.UTF-8"\n',
    'etc/default/keyboard': 'XKBMODEL="pc105"\nXKBLAYOUT="de"\n',
    'etc/passwd':
      'root:x:0:0:root:/root:/bin/bash\nbob:x:1001:1001:Bob:/home/bob:/bin/sh\nada:x:1000:1000:Ada Lovelace,,,:/home/ada:/bin/sh\n',
  });
  await symlink('/usr/share/zoneinfo/Europe/Berlin', join(tree.root, 'etc/localtime'));

  expect(await readOsSettings(tree.root)).toEqual({
    computerName: 'pc-7',
    timeZone: 'Europe/Berlin',
    locale: 'de_DE.UTF-8',
    keyboard: 'de',
    registeredUser: 'Ada Lovelace',
  });
});
