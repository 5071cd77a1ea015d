/** Tells the site what this computer is made of. A deployment never fails or waits for it. */
import type { InstalledSystem, InventoryReport } from '@ostler/contract';
import type { OperatingSystem } from '@ostler/task-sequence';
import type { Log } from './log.ts';
import type { ServerLink } from './server-link.ts';

export interface InventoryWorld {
  readonly gatherInventory: (signal: AbortSignal) => Promise<InventoryReport>;
  readonly log: Log;
}

const patienceMs = 10_000;

/** @param link with the key of this run */
export async function reportInventory(
  link: Pick<ServerLink, 'call'>,
  { gatherInventory, log }: InventoryWorld,
  signal: AbortSignal,
): Promise<void> {
  try {
    const body = await gatherInventory(signal);
    await link.call('agent.reportInventory', { body }, { signal, patienceMs });
    log.info({ disks: body.hardware.disks.length, networkAdapters: body.hardware.networkAdapters.length }, 'inventory reported');
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ err: error }, 'the inventory could not be reported');
  }
}

export function asInstalledSystem({ family, name, version, architecture, language }: OperatingSystem): InstalledSystem {
  return { family, name, version: version ?? '', architecture: architecture ?? '', language: language ?? '' };
}
