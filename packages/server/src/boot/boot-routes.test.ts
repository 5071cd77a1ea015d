import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { bootImage, deploymentSite, mac, someSha, uuid, type DeploymentSite } from '../../test/deployment-site.ts';

async function withSite(use: (site: DeploymentSite) => Promise<void>): Promise<void> {
  await using test = await databases[0]!.open();
  await using site = await deploymentSite(test.database);
  await use(site);
}

/** What is on the wire: header names with their case. */
async function ask(site: DeploymentSite, request: string): Promise<string> {
  const { port, hostname } = new URL(site.bootUrl);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  // GRUB does not half-close: the server is the one that ends the connection.
  socket.write(`${request}\r\nHost: x\r\nUser-Agent: GRUB 2.12\r\n\r\n`);
  return text(socket);
}

it('GRUB gets header names with the capitals that it looks for, and its connection is closed', () =>
  withSite(async (site) => {
    for (const path of [`/boot/grub/${mac}/${uuid}`, `/boot/files/${bootImage.files['kernel']?.sha256}`, '/boot/loaders//grubx64.efi']) {
      const answer = await ask(site, `GET ${path} HTTP/1.1`);

      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(answer).toMatch(/\r\nContent-Length: \d+\r\n/);
      expect(answer).toMatch(/\r\nConnection: close\r\n/);
    }
  }));

it('firmware that asks for the length first gets it', () =>
  withSite(async (site) => {
    for (const path of ['/boot/loaders/shimx64.efi', '/grub/grub.cfg', `/boot/grub/${mac}/${uuid}`]) {
      const head = await fetch(`${site.bootUrl}${path}`, { method: 'HEAD' });
      const whole = await (await fetch(`${site.bootUrl}${path}`)).arrayBuffer();

      expect(head.headers.get('content-length')).toBe(String(whole.byteLength));
    }
  }));

it('iPXE may percent-encode the colons of the MAC address or send dashes', () =>
  withSite(async (site) => {
    for (const written of [mac.replaceAll(':', '%3A'), mac.replaceAll(':', '-').toUpperCase()]) {
      const script = await (await fetch(`${site.bootUrl}/boot/ipxe/${written}/${uuid}`)).text();

      expect(script).toContain('#!ipxe\necho This computer is not known to the site');
    }
    expect((await site.call('GET', '/devices')).body.items).toHaveLength(1);
  }));

it('serves nothing but boot files', () =>
  withSite(async (site) => {
    const refused = [
      `/boot/files/${someSha('1')}`,
      '/boot/files/../../secrets.key',
      '/boot/loaders/..%2Fdnsmasq.conf',
      '/api/v1/devices',
      '/',
    ];
    for (const path of refused) expect((await fetch(`${site.bootUrl}${path}`)).status).toBe(404);
    for (const path of ['/boot/grub/x;reboot/1', `/boot/ipxe/${mac}/1%0Areboot`])
      expect((await fetch(`${site.bootUrl}${path}`)).status).toBe(400);
  }));

it('tells the time, for machines whose clock is wrong', () =>
  withSite(async (site) => {
    const answer = await fetch(`${site.bootUrl}/boot/time`);

    expect(answer.status).toBe(204);
    expect(Date.parse(answer.headers.get('date') ?? '')).toBeGreaterThan(Date.now() - 5000);
  }));

it('without a boot image a machine goes on to its disk and says why', () =>
  withSite(async (site) => {
    site.bootImages.current = null;
    await site.settings.update({ unknownComputers: 'approval' });

    const script = await site.bootScript(mac, uuid);

    expect(script).toContain('there is no boot image');
    expect(script).not.toContain('linux ');
  }));

it('a flood of made-up machines fills neither the database nor the minute', () =>
  withSite(async (site) => {
    for (let number = 0; number < 200; number += 1) {
      await site.bootScript(`02:00:00:00:00:${number.toString(16).padStart(2, '0')}`, '00000000-0000-0000-0000-000000000000');
    }

    expect((await site.call('GET', '/devices')).body.items).toHaveLength(120);
  }));
