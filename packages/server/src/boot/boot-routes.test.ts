import { on, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { bootImage, deploymentSite, mac, someSha, uuid, type DeploymentSite } from '../../test/deployment-site.ts';

async function withSite(use: (site: DeploymentSite) => Promise<void>): Promise<void> {
  await using test = await databases[0]!.open();
  await using site = await deploymentSite(test.database);
  await use(site);
}

/** What is on the wire, header names with their case; and whether the system remembers the connection once GRUB has closed it, as it does first. */
async function ask(site: DeploymentSite, request: string): Promise<{ readonly answer: string; readonly remembered: boolean }> {
  const port = Number(new URL(site.bootUrl).port);
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  const ownPort = socket.localPort ?? 0;
  socket.write(`${request}\r\nHost: x\r\nUser-Agent: GRUB 2.12\r\n\r\n`);
  let answer = '';
  for await (const piece of on(socket, 'data', { close: ['close'] })) {
    answer += String(piece);
    if (isWhole(answer)) break;
  }
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  socket.on('error', () => undefined).end();
  await closed;
  return { answer, remembered: await isRemembered(port, ownPort) };
}

function isWhole(answer: string): boolean {
  const [head = '', body] = answer.split('\r\n\r\n');
  return body?.length === Number(/^Content-Length: (?<length>\d+)/m.exec(head)?.groups?.['length']);
}

/** proc_net(5): the local end is `address:port`, the other end behind it, in hexadecimal. */
async function isRemembered(port: number, otherPort: number): Promise<boolean> {
  const hexadecimal = (value: number): string => value.toString(16).toUpperCase().padStart(4, '0');
  const ends = new RegExp(`:${hexadecimal(port)} [0-9A-F]+:${hexadecimal(otherPort)} `);
  return ends.test(`${await readFile('/proc/net/tcp', 'utf8')}${await readFile('/proc/net/tcp6', 'utf8').catch(() => '')}`);
}

it('GRUB gets header names with the capitals that it looks for, and nothing of its connection stays: it comes back from the same port', () =>
  withSite(async (site) => {
    for (const path of [`/boot/grub/${mac}/${uuid}`, `/boot/files/${bootImage.files['kernel']?.sha256}`, '/boot/loaders//grubx64.efi']) {
      const { answer, remembered } = await ask(site, `GET ${path} HTTP/1.1`);

      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(answer).toMatch(/\r\nContent-Length: \d+\r\n/);
      expect(remembered).toBe(false);
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
