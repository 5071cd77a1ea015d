import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { describe, expect, test } from 'vitest';
import type { BootDecision, BootEnvironment } from './boot-decision.ts';
import { grubScript } from './grub-script.ts';
import { grubStartScript } from './grub-start-script.ts';
import { ipxeScript } from './ipxe-script.ts';
import { siteAddress } from './site-address.ts';

const site = siteAddress('192.0.2.1', { name: 'ostler.example', httpPort: 8080, httpsPort: 8443 });
const mac = '52:54:00:12:34:56';
const environment: BootEnvironment = {
  bootImageId: 'boot-image-1',
  kernelSha256: 'a'.repeat(64),
  initramfsSha256: 'b'.repeat(64),
  kernelOptions: 'console=ttyS0,115200',
};
const decisions: readonly BootDecision[] = [
  { kind: 'boot-environment', reason: 'required deployment of Install Debian', environment },
  { kind: 'wait-for-approval', reason: 'unknown computer', environment },
  { kind: 'menu', reason: '2 available deployments', environment, timeoutSeconds: 15 },
  { kind: 'local-disk', reason: 'nothing is deployed' },
];

async function grubAccepts(script: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ostler-grub-'));
  try {
    await writeFile(join(folder, 'grub.cfg'), script);
    await run('grub-script-check', [join(folder, 'grub.cfg')], { signal: AbortSignal.timeout(10_000) });
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('GRUB', () => {
  test.each(decisions)('accepts the script of $kind', async (decision) => {
    await grubAccepts(grubScript(decision, site, mac));
  });

  test('accepts the start script, which asks with the MAC address and the UUID', async () => {
    const script = grubStartScript(site);

    await grubAccepts(script);
    expect(script).toContain('configfile (http,192.0.2.1:8080)/boot/grub/$net_default_mac/$uuid');
  });

  test('loads kernel and initramfs by content address, with the ids on the command line and no secret', () => {
    const script = grubScript(decisions[0]!, site, mac);

    expect(script).toContain(
      `linux (http,192.0.2.1:8080)/boot/files/${'a'.repeat(64)} ostler.server=https://ostler.example:8443 ostler.files=http://192.0.2.1:8080 ostler.boot_image=boot-image-1 BOOTIF=52:54:00:12:34:56 quiet panic=20 console=ttyS0,115200; then`,
    );
    expect(script).toContain(`initrd (http,192.0.2.1:8080)/boot/files/${'b'.repeat(64)}`);
  });

  test('goes to the disk after the time-out of the menu, and when the files cannot be loaded', () => {
    for (const decision of decisions) {
      const script = grubScript(decision, site, mac);
      expect(script.lastIndexOf('set root=$esp')).toBeGreaterThan(script.lastIndexOf('initrd'));
    }
  });
});

describe('iPXE', () => {
  test.each(decisions)('gets a script of $kind that ends on the disk', (decision) => {
    const lines = ipxeScript(decision, site, mac).trimEnd().split('\n');

    expect(lines[0]).toBe('#!ipxe');
    expect(lines.slice(-3)).toEqual([':disk', 'iseq ${platform} pcbios || exit', 'sanboot --no-describe --drive 0x80 || exit']);
  });

  test('waits for a key before the boot environment of a menu', () => {
    const script = ipxeScript(decisions[2]!, site, mac);

    expect(script).toMatch(/prompt --timeout 15000 .* \|\| goto disk\necho Loading/);
  });
});

describe('what comes from people or machines', () => {
  const hostile = 'x"; linux (http,evil)/k\n\u001b[2J ${boot} $(reboot) `reboot` && exit || ü \\';
  test.each(decisions)('cannot add a command to the script of $kind', async (decision) => {
    const grub = grubScript({ ...decision, reason: hostile }, site, mac);
    const ipxe = ipxeScript({ ...decision, reason: hostile }, site, mac);

    await grubAccepts(grub);
    expect(grub.split('\n')).toHaveLength(grubScript(decision, site, mac).split('\n').length);
    expect(ipxe.split('\n')).toHaveLength(ipxeScript(decision, site, mac).split('\n').length);
    expect(`${grub.split('\n')[0]}${ipxe.split('\n')[1]}`).not.toMatch(/[^ -~]|[`;\\&|${}]/);
  });

  test('stops what could not have come from the contract', () => {
    const bad = { ...environment, kernelOptions: 'quiet\nreboot' };

    expect(() => grubScript({ kind: 'boot-environment', reason: '', environment: bad }, site, mac)).toThrow(
      'cannot stand in a boot script',
    );
    expect(() => ipxeScript(decisions[0]!, site, '52:54;reboot')).toThrow('cannot stand in a boot script');
    expect(() => siteAddress('evil;reboot', { name: 'x', httpPort: 80, httpsPort: 443 })).toThrow('is not an IPv4 address');
  });
});
