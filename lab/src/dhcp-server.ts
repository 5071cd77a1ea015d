/** A DHCP server of somebody else's on the lab's network: it gives addresses and knows nothing of network boot. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { start } from '@ostler/imaging/run';
import type { Network } from './network.ts';

export interface DhcpServer extends AsyncDisposable {
  readonly leaseFile: string;
  readonly logFile: string;
}

export async function startDhcpServer(network: Network, folder: string, signal: AbortSignal): Promise<DhcpServer> {
  const { dhcpServer, rangeStart, rangeEnd, netmask } = network.addresses;
  const inside = await network.addNeighbour('dhcp', dhcpServer, signal);
  const leaseFile = join(folder, 'other-dhcp.leases');
  const logFile = join(folder, 'other-dhcp.log');
  const { program, args } = inside('dnsmasq', [
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--port=0',
    '--interface=eth0',
    '--bind-interfaces',
    `--dhcp-range=${rangeStart},${rangeEnd},${netmask},1h`,
    '--dhcp-option=option:router',
    '--dhcp-authoritative',
    `--dhcp-leasefile=${leaseFile}`,
    '--log-dhcp',
    '--log-facility=-',
    '--user=root',
    '--pid-file=',
  ]);
  const log = createWriteStream(logFile);
  const dnsmasq = await start(program, args, { onOutput: (text) => void log.write(text) });
  return {
    leaseFile,
    logFile,
    [Symbol.asyncDispose]: async () => {
      await dnsmasq.stop(2000);
      log.end();
    },
  };
}
