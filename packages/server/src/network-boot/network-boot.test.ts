import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BootImage } from '@ostler/contract';
import { run } from '@ostler/imaging/run';
import { siteAddress } from '@ostler/network-boot';
import { temporaryDirectory } from '@ostler/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../test/databases.ts';
import { bootImage } from '../../test/deployment-site.ts';
import { configFor } from '../../test/running-app.ts';
import { completeDhcpSettings } from './dhcp-settings.ts';
import { createNetworkBoot } from './network-boot.ts';

const signal = AbortSignal.timeout(110_000);
const network = 'ostler-nbt';
const link = 'ostlernbt0';
const ip = (...args: readonly string[]) => run('ip', args, { signal });
const isRoot = process.getuid?.() === 0;

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries > 150) throw new Error('It did not happen within 15 seconds.');
    await sleep(100, undefined, { signal });
  }
}

/** A network of its own with this computer at one end and a machine at the other. */
describe.skipIf(!isRoot)('network boot (needs root: it makes a network)', () => {
  beforeAll(async () => {
    await ip('netns', 'add', network);
    await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', network);
    await ip('address', 'add', '10.97.97.1/24', 'dev', link);
    await ip('link', 'set', link, 'up');
    await ip('-n', network, 'address', 'add', '10.97.97.2/24', 'dev', 'eth0');
    await ip('-n', network, 'link', 'set', 'eth0', 'up');
  });
  afterAll(async () => {
    await ip('netns', 'delete', network);
    await run('ip', ['link', 'delete', link], { signal, okExitCodes: [0, 1] });
  });

  async function aNetworkBoot(flags: readonly string[], image: BootImage | null = bootImage) {
    await using cleanUp = new AsyncDisposableStack();
    const folder = cleanUp.use(await temporaryDirectory());
    for (const name of ['content', 'network-boot']) await mkdir(join(folder.path, name));
    for (const { sha256 } of Object.values(bootImage.files)) await writeFile(join(folder.path, 'content', sha256), `boot ${sha256}`);
    const current: { image: BootImage | null } = { image };
    const networkBoot = createNetworkBoot({
      dhcp: configFor(folder.path, '--dhcp-mode', 'proxy', ...flags).dhcp,
      address: () => Promise.resolve(siteAddress('10.97.97.1', { name: '10.97.97.1', httpPort: 8080, httpsPort: 8443 })),
      bootImages: { inUse: () => Promise.resolve(current.image) },
      content: { pathOf: (sha256) => Promise.resolve(join(folder.path, 'content', sha256)) },
      folder: join(folder.path, 'network-boot'),
      log: silentLog,
    });
    networkBoot.start();
    cleanUp.defer(() => networkBoot.stop());
    const running = cleanUp.move();
    const request = { params: undefined, query: undefined, body: undefined };
    const context = { caller: { kind: 'public' }, remoteAddress: '', log: silentLog, signal } as const;
    return {
      folder: folder.path,
      current,
      state: () => networkBoot.handlers['site.networkBoot'](request, context),
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    };
  }
  const pidOf = async (folder: string) => Number(await readFile(join(folder, 'network-boot/dnsmasq.pid'), 'utf8').catch(() => '0'));
  const fetchByTftp = async (path: string) =>
    (
      await run('ip', ['netns', 'exec', network, 'curl', '--silent', '--max-time', '5', `tftp://10.97.97.1/${path}`], {
        signal,
        okExitCodes: [0, 68, 69],
      })
    ).stdout;

  it('serves the first stage by TFTP, comes back when dnsmasq dies, takes a new boot image over, and ends with the server', async () => {
    let folder = '';
    {
      await using boot = await aNetworkBoot([]);
      folder = boot.folder;
      await until(async () => (await pidOf(folder)) > 0);
      expect(await fetchByTftp('grub/grub.cfg')).toContain('configfile (http,10.97.97.1:8080)/boot/grub/');
      expect(await fetchByTftp('shimx64.efi')).toBe(`boot ${bootImage.files['shimx64.efi']?.sha256}`);
      expect(await fetchByTftp('../content/secret')).toBe('');

      const first = await pidOf(folder);
      process.kill(first, 'SIGKILL');
      await until(async () => ![0, first].includes(await pidOf(folder)) && (await boot.state()).running);
      expect(await boot.state()).toMatchObject({ mode: 'proxy', restarts: 1 });

      boot.current.image = {
        ...bootImage,
        id: 'boot-image-2',
        files: { ...bootImage.files, 'shimx64.efi': { sha256: 'a'.repeat(64), sizeBytes: 1 } },
      };
      const second = await pidOf(folder);
      await until(async () => ![0, second].includes(await pidOf(folder)));
      expect(await fetchByTftp('shimx64.efi')).toBe(`boot ${'a'.repeat(64)}`);
    }
    expect(await pidOf(folder)).toBe(0);
  }, 60_000);

  it('complains no more once the boot image is there that it waited for', async () => {
    await using boot = await aNetworkBoot([], null);
    await until(async () => (await boot.state()).lastError !== null);

    boot.current.image = bootImage;

    await until(async () => (await boot.state()).running);
    expect(await boot.state()).toMatchObject({ lastError: null });
  });

  it('says what is wrong: no boot image, no such interface, a port that is taken', async () => {
    await using waiting = await aNetworkBoot([], null);
    await until(async () => (await waiting.state()).lastError !== null);
    expect((await waiting.state()).lastError).toContain('ostler boot-image build');
    await using missing = await aNetworkBoot(['--dhcp-interface', 'eth-none', '--dhcp-netmask', '255.255.255.0']);
    await until(async () => (await missing.state()).lastError !== null);
    expect((await missing.state()).lastError).toContain('there is no network interface eth-none');

    const taken = createSocket('udp4').bind(69, '10.97.97.1');
    await once(taken, 'listening');
    await using second = await aNetworkBoot([]);
    await until(async () => (await second.state()).lastError !== null);
    expect((await second.state()).lastError).toMatch(/is in use by another program/);
    expect(await second.state()).toMatchObject({ running: false });
    taken.close();
  });
});

describe('the settings of network boot', () => {
  const interfaces = {
    lo: [{ address: '127.0.0.1', family: 'IPv4', netmask: '255.0.0.0' }],
    eth1: [{ address: '192.0.2.1', family: 'IPv4', netmask: '255.255.255.0' }],
  } as const;
  const dhcp = configFor('/srv').dhcp;

  it('take the interface that has the site’s address, and its netmask', () => {
    expect(completeDhcpSettings({ ...dhcp, mode: 'proxy' }, '192.0.2.1', interfaces)).toEqual({
      mode: 'proxy',
      interface: 'eth1',
      netmask: '255.255.255.0',
    });
  });

  it('name the setting that is missing', () => {
    expect(() => completeDhcpSettings({ ...dhcp, mode: 'full' }, '192.0.2.1', interfaces)).toThrow('rangeStart');
    expect(() => completeDhcpSettings({ ...dhcp, mode: 'proxy' }, '198.51.100.1', interfaces)).toThrow('198.51.100.1');
  });
});
