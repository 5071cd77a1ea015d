/** The network of the boot environment: its adapters, and new settings for it. They end with this boot. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImagingOperations } from './imaging-operations.ts';
import { exists } from './exists.ts';
import { dhcpPidFile, networkCommands, type Adapter, type NetworkSettings } from './wizard/network-settings.ts';

export interface BootNetwork {
  /** The one that the computer was started from comes first. */
  adapters(): Promise<readonly Adapter[]>;
  /** @throws OstlerError COMMAND_FAILED with what the program says */
  apply(settings: NetworkSettings, signal: AbortSignal): Promise<void>;
}

const classFolder = '/sys/class/net';
const resolverFile = '/run/ostler/resolv.conf';

export function createBootNetwork(imaging: Pick<ImagingOperations, 'run'>, bootInterface: string): BootNetwork {
  const adapters = async (): Promise<Adapter[]> => {
    const names = await ethernetAdapters();
    const sorted = names.toSorted((a, b) => Number(b === bootInterface) - Number(a === bootInterface));
    return Promise.all(
      sorted.map(async (name) => ({ name, macAddress: (await readFile(join(classFolder, name, 'address'), 'utf8')).trim() })),
    );
  };
  return {
    adapters,
    apply: async (settings, signal) => {
      const names = (await adapters()).map(({ name }) => name);
      const vlans = (await readdir(classFolder)).filter((name) => names.some((adapter) => name.startsWith(`${adapter}.`)));
      await endDhcpClient();
      for (const [program = '', ...args] of networkCommands(settings, { adapters: names, vlans })) {
        await imaging.run(program, args, { signal });
      }
      if (settings.static === null) return;
      await writeFile(resolverFile, settings.static.dnsServers.map((server) => `nameserver ${server}\n`).join(''));
    },
  };
}

/** With a device behind them, and of the type Ethernet: no bridges, no loopback. */
async function ethernetAdapters(): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(classFolder)) {
    const isReal = await exists(join(classFolder, name, 'device'));
    if (isReal && (await readFile(join(classFolder, name, 'type'), 'utf8')).trim() === '1') found.push(name);
  }
  return found.toSorted();
}

/** It would put its own address back. */
async function endDhcpClient(): Promise<void> {
  const pid = Number(await readFile(dhcpPidFile, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 1) return;
  try {
    process.kill(pid);
  } catch {
    // It had ended by itself.
  }
}
