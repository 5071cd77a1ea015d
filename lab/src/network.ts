/**
 * A network of the lab: a namespace with a bridge, one tap device a machine, and a way in for the lab itself.
 * The server runs inside the namespace. Disposing removes all of it, with whatever still runs in there.
 */
import { run } from '@ostler/imaging/run';
import { z } from 'zod';
import { freeSubnet, hostInterfaceName, labAddresses, labName, neighbourName, type LabAddresses, type LabId } from './lab-names.ts';
import { removeNamespace } from './sweep.ts';

const AddressList = z.array(z.object({ addr_info: z.array(z.object({ local: z.string().optional() })).default([]) }));
const NeighbourList = z.array(z.object({ dst: z.string(), lladdr: z.string().optional() }));

/** A link of the network that can be cut: a machine's, or the server's. */
export interface Link {
  readonly name: string;
  cut(signal: AbortSignal): Promise<void>;
  restore(signal: AbortSignal): Promise<void>;
}

/** A program to start in place of another, so that it runs inside a namespace and dies with the lab. */
export interface Inside {
  readonly program: string;
  readonly args: readonly string[];
}

export interface Network extends AsyncDisposable {
  readonly id: LabId;
  readonly name: string;
  readonly addresses: LabAddresses;
  /** Interface that the server's network boot answers on. */
  readonly bridge: string;
  /** The bridge that everything is plugged into. */
  readonly switch: string;
  /** The server's link: cutting it cuts the server off from machines and from the lab. */
  readonly serverLink: Link;
  /** The command that runs a program inside the network's namespace. */
  readonly inside: (program: string, args: readonly string[]) => Inside;
  /** Adds a tap device for a machine and plugs it into the bridge. */
  addTap(signal: AbortSignal): Promise<Link>;
  /** Adds a namespace with one interface `eth0` of the given address on the bridge; answers how to run programs in it. */
  addNeighbour(part: string, address: string, signal: AbortSignal): Promise<Network['inside']>;
  /** The addresses that the server and the lab have seen a machine use, newest knowledge of the kernel. */
  addressesOf(macAddress: string, signal: AbortSignal): Promise<readonly string[]>;
}

const bridgeDevice = 'br0';

/** @throws OstlerError COMMAND_FAILED when the kernel refuses, for example without root */
export async function createNetwork(id: LabId, signal: AbortSignal): Promise<Network> {
  const name = labName(id);
  const hostInterface = hostInterfaceName(id);
  const ip = (...args: string[]) => run('ip', args, { signal });
  const ipInside = (...args: string[]) => run('ip', ['-n', name, ...args], { signal });
  const neighbours: string[] = [];
  const dispose = async (): Promise<void> => {
    for (const namespace of [...neighbours, name]) await removeNamespace(namespace);
  };
  try {
    await ip('netns', 'add', name);
    await ipInside('link', 'set', 'lo', 'up');
    // The bridge itself has no address: the server's is on an interface of its own, whose link can be cut. Without ARP: it would
    // answer for the server's address too, and what then arrives at the bridge is lost.
    await ipInside('link', 'add', bridgeDevice, 'type', 'bridge', 'forward_delay', '0', 'stp_state', '0');
    await ipInside('link', 'set', bridgeDevice, 'arp', 'off', 'up');
    await plug(ipInside, 'eth0', 'server');
    const addresses = labAddresses(await chooseSubnet(id, signal));
    await ipInside('addr', 'add', `${addresses.server}/24`, 'dev', 'eth0');
    await ipInside('link', 'set', 'eth0', 'up');
    await ip('link', 'add', hostInterface, 'type', 'veth', 'peer', 'name', 'host', 'netns', name);
    await ipInside('link', 'set', 'host', 'master', bridgeDevice, 'up');
    await ip('addr', 'add', `${addresses.host}/24`, 'dev', hostInterface);
    await ip('link', 'set', hostInterface, 'up');
    return describe(id, addresses, neighbours, dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}

type Ip = (...args: string[]) => Promise<unknown>;

/** A pair of interfaces in the namespace: `name` for a program, its other end in the bridge. */
async function plug(ipInside: Ip, name: string, port: string): Promise<void> {
  await ipInside('link', 'add', name, 'type', 'veth', 'peer', 'name', port);
  await ipInside('link', 'set', port, 'master', bridgeDevice, 'up');
}

function describe(id: LabId, addresses: LabAddresses, neighbours: string[], dispose: () => Promise<void>): Network {
  const name = labName(id);
  let taps = 0;
  return {
    id,
    name,
    addresses,
    bridge: 'eth0',
    switch: bridgeDevice,
    serverLink: linkOf(name, 'server'),
    inside: (program, args) => insideNamespace(name, program, args),
    addTap: async (signal) => {
      const tap = `tap${taps}`;
      taps += 1;
      await run('ip', ['-n', name, 'tuntap', 'add', tap, 'mode', 'tap'], { signal });
      await run('ip', ['-n', name, 'link', 'set', tap, 'master', bridgeDevice, 'up'], { signal });
      return linkOf(name, tap);
    },
    addNeighbour: async (part, address, signal) => {
      const namespace = neighbourName(id, part);
      neighbours.push(namespace);
      await run('ip', ['netns', 'add', namespace], { signal });
      await run('ip', ['-n', name, 'link', 'add', part, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace], { signal });
      await run('ip', ['-n', name, 'link', 'set', part, 'master', bridgeDevice, 'up'], { signal });
      await run('ip', ['-n', namespace, 'link', 'set', 'lo', 'up'], { signal });
      await run('ip', ['-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'eth0'], { signal });
      await run('ip', ['-n', namespace, 'link', 'set', 'eth0', 'up'], { signal });
      return (program, args) => insideNamespace(namespace, program, args);
    },
    addressesOf: async (macAddress, signal) => {
      const { stdout } = await run('ip', ['-j', '-n', name, '-4', 'neigh'], { signal });
      return NeighbourList.parse(JSON.parse(stdout || '[]')).flatMap(({ dst, lladdr }) => (lladdr === macAddress ? [dst] : []));
    },
    [Symbol.asyncDispose]: dispose,
  };
}

function linkOf(namespace: string, name: string): Link {
  const set = async (state: 'up' | 'down', signal: AbortSignal): Promise<void> => {
    await run('ip', ['-n', namespace, 'link', 'set', name, state], { signal });
  };
  return { name, cut: (signal) => set('down', signal), restore: (signal) => set('up', signal) };
}

/** `setpriv` makes the kernel end the program when the lab is gone, even when the lab was killed; `ip netns exec` does not fork. */
function insideNamespace(namespace: string, program: string, args: readonly string[]): Inside {
  return { program: 'setpriv', args: ['--pdeathsig', 'KILL', 'ip', 'netns', 'exec', namespace, program, ...args] };
}

async function chooseSubnet({ pid, number }: LabId, signal: AbortSignal): Promise<number> {
  const { stdout } = await run('ip', ['-j', '-4', 'addr'], { signal });
  const taken = AddressList.parse(JSON.parse(stdout)).flatMap((device) => device.addr_info.flatMap(({ local }) => local ?? []));
  // Two labs that start at the same moment begin their search at different places.
  const subnet = freeSubnet(taken, (pid * 7 + number) % 250);
  if (subnet === null) throw new Error('Every network of 10.99.0.0/16 is taken on this computer.');
  return subnet;
}
