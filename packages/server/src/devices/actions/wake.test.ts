import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { broadcastAddress, magicPacket, wake } from './wake.ts';

it('a magic packet reaches whoever listens in the network of the server’s own address', async () => {
  const receiver = createSocket('udp4');
  receiver.bind(0, '0.0.0.0');
  await once(receiver, 'listening');
  const received = once(receiver, 'message') as Promise<[Buffer]>;

  const networks = await wake({
    macAddresses: ['52:54:00:12:34:56'],
    addresses: [{ address: '127.0.0.1', netmask: '255.0.0.0' }],
    port: receiver.address().port,
  });
  const [packet] = await received;
  receiver.close();

  expect(networks).toEqual(['127.255.255.255']);
  expect(packet.toString('hex')).toBe('ff'.repeat(6) + '525400123456'.repeat(16));
  expect(packet).toEqual(magicPacket('52:54:00:12:34:56'));
});

it.each([
  ['192.0.2.17', '255.255.255.0', '192.0.2.255'],
  ['10.1.2.3', '255.255.240.0', '10.1.15.255'],
  ['203.0.113.9', '255.255.255.252', '203.0.113.11'],
])('everybody beside %s in %s is reached at %s', (address, netmask, broadcast) => {
  expect(broadcastAddress({ address, netmask })).toBe(broadcast);
});
