/** Keeps network boot running: files and configuration written, dnsmasq supervised, a new boot image taken over. */
import { networkInterfaces, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OstlerError, toErrorBody } from '@ostler/contract';
import { dhcpServerInstructions, dnsmasqConfiguration, type SiteAddress } from '@ostler/network-boot';
import type { Logger } from 'pino';
import type { BootImages } from '../boot/boot-facts.ts';
import type { Config } from '../config.ts';
import type { ContentStore } from '../content/content-store.ts';
import type { HandlersOf } from '../http/handlers.ts';
import { replaceFile } from '../replace-file.ts';
import { completeDhcpSettings } from './dhcp-settings.ts';
import { startDnsmasq } from './dnsmasq.ts';
import { writeTftpTree } from './write-tftp-tree.ts';

export interface NetworkBootDependencies {
  readonly dhcp: Config['dhcp'];
  readonly address: () => Promise<SiteAddress>;
  readonly bootImages: Pick<BootImages, 'inUse'>;
  readonly content: Pick<ContentStore, 'pathOf'>;
  /** The folder of the data directory that is network boot's. */
  readonly folder: string;
  readonly log: Logger;
}
export interface NetworkBoot {
  start(): void;
  /** Settles when dnsmasq is gone. */
  stop(): Promise<void>;
  readonly handlers: Pick<HandlersOf<'site'>, 'site.networkBoot'>;
}

/** How often a new boot image is looked for; also how long a failed start waits at first. */
const lookMs = 5000;
const longestWaitMs = 60_000;
/** A dnsmasq that ran this long has worked: the next failure waits briefly again. */
const workedMs = 60_000;

interface State {
  running: boolean;
  restarts: number;
  lastError: string | null;
}

export function createNetworkBoot(dependencies: NetworkBootDependencies): NetworkBoot {
  const { dhcp, address, log } = dependencies;
  const state: State = { running: false, restarts: 0, lastError: null };
  const stopping = new AbortController();
  let supervision = Promise.resolve();
  return {
    start: () => {
      // Without an interface the mode off means: this site has nothing to do with network boot.
      if (dhcp.mode !== 'off' || dhcp.interface !== null) supervision = supervise(dependencies, state, stopping.signal);
    },
    stop: async () => {
      stopping.abort();
      await supervision;
    },
    handlers: {
      'site.networkBoot': async () => {
        const { running, restarts, lastError } = state;
        try {
          const dhcpServerInstructionsNow = [...dhcpServerInstructions(await address())];
          return { mode: dhcp.mode, running, restarts, lastError, dhcpServerInstructions: dhcpServerInstructionsNow };
        } catch (error) {
          log.warn({ err: error }, 'the address of the site is not known');
          return { mode: dhcp.mode, running, restarts, lastError: describe(error), dhcpServerInstructions: [] };
        }
      },
    },
  };
}

async function supervise(dependencies: NetworkBootDependencies, state: State, signal: AbortSignal): Promise<void> {
  const { log } = dependencies;
  let waitMs = lookMs;
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      await runOnce(dependencies, state, signal);
      // It ended because a new boot image is there, or because the server stops.
      waitMs = lookMs;
    } catch (error) {
      const text = describe(error);
      const lacksBootImage = error instanceof OstlerError && error.code === 'BOOT_IMAGE_NONE';
      if (state.lastError !== text && lacksBootImage) log.warn('network boot waits for a boot image');
      else if (state.lastError !== text) log.error({ err: error }, 'network boot is not running');
      state.lastError = text;
      waitMs = performance.now() - startedAt > workedMs ? lookMs : waitMs;
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      // A boot image that is missing is looked for at the same pace; only what failed is tried less and less often.
      waitMs = lacksBootImage ? lookMs : Math.min(waitMs * 2, longestWaitMs);
    }
  }
}

/** Runs dnsmasq until the boot image changes or the server stops. @throws OstlerError when it cannot be started, or ends by itself */
async function runOnce(dependencies: NetworkBootDependencies, state: State, signal: AbortSignal): Promise<void> {
  const { bootImages, log } = dependencies;
  const bootImage = await bootImages.inUse();
  if (bootImage === null) throw new OstlerError('BOOT_IMAGE_NONE', {});
  const { configurationFile, interfaceName } = await writeFiles(dependencies, bootImage);
  const dnsmasq = await startDnsmasq(configurationFile, interfaceName, log);
  const over = new AbortController();
  const changed = waitForChange(bootImages, bootImage.id, AbortSignal.any([signal, over.signal]));
  state.running = true;
  // What it waited for is there now; why a dnsmasq before this one ended is still worth knowing.
  if (state.restarts === 0) state.lastError = null;
  log.info({ interface: interfaceName, mode: dependencies.dhcp.mode, bootImageVersion: bootImage.version }, 'network boot started');
  try {
    const failure = await Promise.race([dnsmasq.ended, changed]);
    if (failure === null) state.lastError = null;
    else {
      state.restarts += 1;
      throw failure;
    }
  } finally {
    state.running = false;
    over.abort();
    await dnsmasq.stop();
    await changed;
  }
}

/** Settles with null at a new boot image, or when the signal says so. */
async function waitForChange(bootImages: Pick<BootImages, 'inUse'>, currentId: string, signal: AbortSignal): Promise<null> {
  while (!signal.aborted) {
    await sleep(lookMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return null;
    const newest = await bootImages.inUse().catch(() => null);
    if (newest !== null && newest.id !== currentId) return null;
  }
  return null;
}

async function writeFiles(
  { dhcp, address, content, folder }: NetworkBootDependencies,
  bootImage: NonNullable<Awaited<ReturnType<BootImages['inUse']>>>,
): Promise<{ configurationFile: string; interfaceName: string }> {
  const site = await address();
  const settings = completeDhcpSettings(dhcp, site.address, networkInterfaces());
  const tftpRoot = join(folder, 'tftp');
  await writeTftpTree(tftpRoot, { site, bootImage, content });
  const configurationFile = join(folder, 'dnsmasq.conf');
  // The data directory is open to the server's account alone, so dnsmasq keeps that account.
  const places = { tftpRoot, leaseFile: join(folder, 'leases'), pidFile: join(folder, 'dnsmasq.pid'), user: userInfo().username };
  await replaceFile(configurationFile, dnsmasqConfiguration(settings, site, places), 0o600);
  return { configurationFile, interfaceName: settings.interface };
}

function describe(error: unknown): string {
  const { message, hint } = toErrorBody(error);
  return hint === undefined ? message : `${message} ${hint}`;
}
