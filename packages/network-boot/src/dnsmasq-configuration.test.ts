import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { describe, expect, test } from 'vitest';
import { dhcpServerInstructions } from './dhcp-server-instructions.ts';
import { dnsmasqConfiguration, type DhcpSettings } from './dnsmasq-configuration.ts';
import { siteAddress } from './site-address.ts';
import { tftpTree } from './tftp-tree.ts';

const site = siteAddress('192.0.2.1', { name: '192.0.2.1', httpPort: 8080, httpsPort: 8443 });
const places = { tftpRoot: '/srv/tftp', leaseFile: '/srv/leases', pidFile: '/srv/dnsmasq.pid', user: 'root' };
const full: DhcpSettings = {
  mode: 'full',
  interface: 'eth0',
  rangeStart: '192.0.2.100',
  rangeEnd: '192.0.2.200',
  netmask: '255.255.255.0',
  leaseTime: '12h',
  router: null,
  dnsServers: [],
};
const settings: readonly DhcpSettings[] = [
  { mode: 'proxy', interface: 'eth0', netmask: '255.255.255.0' },
  full,
  { ...full, router: '192.0.2.254', dnsServers: ['192.0.2.253', '192.0.2.254'] },
  { mode: 'off', interface: 'br-lab.10' },
];

describe('dnsmasq', () => {
  test.each(settings)('accepts the configuration of mode $mode', async (each) => {
    const folder = await mkdtemp(join(tmpdir(), 'ostler-dnsmasq-'));
    try {
      await mkdir(join(folder, 'tftp'));
      const file = join(folder, 'dnsmasq.conf');
      const inFolder = { ...places, tftpRoot: join(folder, 'tftp'), leaseFile: join(folder, 'leases'), pidFile: join(folder, 'pid') };
      await writeFile(file, dnsmasqConfiguration(each, site, inFolder));

      const { stderr } = await run('dnsmasq', ['--test', `--conf-file=${file}`], { signal: AbortSignal.timeout(10_000) });

      expect(stderr).toContain('syntax check OK');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('serves no names and gives no addresses beside an existing DHCP server', () => {
    const text = dnsmasqConfiguration(settings[0]!, site, places);

    expect(text).toContain('port=0\n');
    expect(text).toContain('dhcp-range=192.0.2.0,proxy,255.255.255.0\n');
    expect(text).not.toContain('dhcp-authoritative');
    expect(text).toMatch(/^dhcp-boot=tag:ipxe,http:.*,,192\.0\.2\.1$/m);
  });

  test.each([
    { ...full, rangeEnd: '198.51.100.7' },
    { ...full, rangeStart: '192.0.2.1\ndhcp-script=/bin/sh' },
    { ...full, interface: 'eth0\ndhcp-script=/bin/sh' },
    { ...full, dnsServers: ['192.0.2.300'] },
    { ...full, netmask: '24' },
  ])('is never given a value that cannot be right (%#)', (bad) => {
    expect(() => dnsmasqConfiguration(bad, site, places)).toThrow('The network boot setting');
  });
});

test('an existing DHCP server is told what to send for each firmware', () => {
  const lines = dhcpServerInstructions(site);

  expect(lines).toContainEqual({
    firmware: 'iPXE (option 77 is iPXE), wins over the other lines',
    option: '67 and file: boot file name',
    value: 'http://192.0.2.1:8080/boot/ipxe/${netX/mac:hexhyp}/${uuid}',
  });
  expect(lines.map((line) => line.value)).toContain('http://192.0.2.1:8080/boot/loaders/shimx64.efi');
});

test('the TFTP tree has GRUB and its start script where shim and GRUB look for them', () => {
  expect(tftpTree(site).map((entry) => entry.path)).toEqual(['undionly.kpxe', 'shimx64.efi', 'grubx64.efi', 'grub/grub.cfg']);
});
