/** Wakes computers: the magic packet of wake on LAN, broadcast in every network that this server is in. */
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { WokenDevice } from '@ostler/contract';

/** An IPv4 address of this server with its network's mask. */
export interface OwnAddress {
  readonly address: string;
  readonly netmask: string;
}

/** Discard (RFC 863): any port does, for network adapters look at the frame alone. */
const magicPort = 9;

/** The addresses of this machine in networks of others. */
export function ownAddresses(): OwnAddress[] {
  const all = Object.values(networkInterfaces()).flat();
  return all.flatMap((each) => (each === undefined || each.family !== 'IPv4' || each.internal ? [] : [each]));
}

/** Six bytes of 0xff, then the MAC address sixteen times (AMD, Magic Packet Technology). */
export function magicPacket(macAddress: string): Buffer {
  const address = Buffer.from(macAddress.replaceAll(':', ''), 'hex');
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => address)]);
}

/** `192.0.2.17` in `255.255.255.0` is `192.0.2.255`. */
export function broadcastAddress({ address, netmask }: OwnAddress): string {
  const masks = netmask.split('.').map(Number);
  return address
    .split('.')
    .map((part, place) => (Number(part) | (~(masks[place] ?? 0) & 0xff)) & 0xff)
    .join('.');
}

export interface Wake {
  readonly macAddresses: readonly string[];
  readonly addresses: readonly OwnAddress[];
  readonly port?: number;
}

/** Sends from each address into its own network. That a packet went out is all that anyone can know: nothing answers one. */
export async function wake({ macAddresses, addresses, port = magicPort }: Wake): Promise<WokenDevice['networks']> {
  const sent: string[] = [];
  for (const own of addresses) {
    const broadcast = broadcastAddress(own);
    for (const macAddress of macAddresses) await send(magicPacket(macAddress), { from: own.address, to: broadcast, port });
    sent.push(broadcast);
  }
  return sent;
}

async function send(packet: Buffer, way: { readonly from: string; readonly to: string; readonly port: number }): Promise<void> {
  const socket = createSocket('udp4');
  const sent = Promise.withResolvers<void>();
  socket.once('error', sent.reject);
  socket.bind(0, way.from, () => {
    socket.setBroadcast(true);
    socket.send(packet, way.port, way.to, (error) => (error === null ? sent.resolve() : sent.reject(error)));
  });
  try {
    await sent.promise;
  } finally {
    socket.close();
  }
}
