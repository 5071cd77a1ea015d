/**
 * What a scenario plays on: one network, one site, and the machines it asks for. Everything is removed when the stage is disposed;
 * `keepEvidence` saves what a person needs to understand a failure before that.
 */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { withCacheLock, type Cache } from './cache.ts';
import { startDhcpServer, type DhcpServer } from './dhcp-server.ts';
import { labName, type LabId } from './lab-names.ts';
import { createMachine, type Machine, type MachineOptions } from './machine.ts';
import { createNetwork, type Network } from './network.ts';
import type { PreparedImage, PreparedSite } from './prepare-site.ts';
import type { Accelerator } from './qemu-arguments.ts';
import { createSite, type Site } from './site.ts';
import { makeSshKey, type SshKey } from './ssh.ts';

/** Who gives addresses: the site (full), or another server, with the site beside it (proxy). */
export type DhcpArrangement = 'full' | 'proxy';

/** What is the same for every stage of one lab. */
export interface LabBase {
  readonly repository: string;
  readonly cache: Cache;
  readonly prepared: PreparedSite;
  readonly accelerator: Accelerator;
  /** What random moments are made from. */
  readonly seed: number;
}

export interface Stage extends AsyncDisposable {
  /** The checkout that holds `./ostler`. */
  readonly repository: string;
  readonly network: Network;
  readonly site: Site;
  /** The other DHCP server, where there is one. */
  readonly dhcpServer: DhcpServer | null;
  readonly sshKey: SshKey;
  /** The default operating system image. */
  readonly imageId: string;
  /** One that the scenario has named. @throws Error when it did not */
  imageOf(image: PreparedImage): string;
  /** Files of this stage: gone with it. */
  readonly folder: string;
  /** What random moments are made from. */
  readonly seed: number;
  /** Ends when the scenario's time is over or the lab is stopped. */
  readonly signal: AbortSignal;
  readonly machines: readonly Machine[];
  /** Tells a person what happens now. */
  readonly log: (text: string) => void;
  /** Makes a machine; it is off. What is not given is a small UEFI machine with one disk of 8 GiB. */
  addMachine(options: Pick<MachineOptions, 'name'> & Partial<MachineOptions>): Promise<Machine>;
  /** @throws Error with the sentence when it is not so */
  check(isSo: boolean, sentence: string): void;
  /** Saves serial logs, screens and server logs. */
  keepEvidence(folder: string): Promise<void>;
}

export interface StageOptions {
  readonly id: LabId;
  readonly dhcp: DhcpArrangement;
  readonly log: (text: string) => void;
  /** Where the server's log is kept when the stage cannot be set up. */
  readonly evidenceFolder: string;
}

const screenEveryMs = 10_000;
/** A deployment has to work with this much. */
export const smallMachine: Omit<MachineOptions, 'name'> = {
  firmware: 'uefi',
  boot: 'pxe',
  memoryMiB: 2048,
  serialInput: false,
  diskSizesGiB: [8],
  adapterCount: 1,
  tpm: false,
};

export async function createStage(base: LabBase, options: StageOptions, signal: AbortSignal): Promise<Stage> {
  const { id, dhcp, log } = options;
  const stack = new AsyncDisposableStack();
  try {
    const { folder, socketFolder } = stack.use(await makeFolders(base.cache, id));
    const network = stack.use(await createNetwork(id, signal));
    const dhcpServer = dhcp === 'full' ? null : stack.use(await startDhcpServer(network, folder, signal));
    const { cache, prepared, repository } = base;
    const siteOptions = { repository, prepared: cache.site, access: prepared.access, network, folder, dhcpMode: dhcp };
    const site = stack.use(await withCacheLock(cache, signal, () => createSite(siteOptions, signal)));
    // What a person would see on a screen goes to the serial port too, where it is kept.
    const settings = { kernelOptions: 'console=tty0 console=ttyS0', trust: 'automatic', unknownComputers: 'ignore' } as const;
    await site.call('site.update', { body: settings }, signal);
    const sshKey = await makeSshKey(folder, signal);
    const machines: Machine[] = [];
    return {
      repository,
      network,
      site,
      dhcpServer,
      sshKey,
      imageId: imageOf('default', prepared),
      imageOf: (image) => imageOf(image, prepared),
      folder,
      seed: base.seed,
      signal,
      machines,
      log,
      addMachine: async (wanted) => {
        const places = { folder, socketFolder };
        const machine = stack.use(await createMachine({ ...smallMachine, ...wanted }, network, base.accelerator, places, signal));
        machines.push(machine);
        const watching = new AbortController();
        stack.defer(() => watching.abort());
        void keepScreen(machine, screenFile({ folder }, machine), watching.signal);
        return machine;
      },
      check: (isSo, sentence) => {
        if (!isSo) throw new Error(`Not so: ${sentence}`);
        log(`checked: ${sentence}`);
      },
      keepEvidence: (to) => keepEvidence(to, { folder }, machines, site, dhcpServer),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await cp(join(base.cache.work, labName(id), 'server.log'), join(options.evidenceFolder, 'server.log')).catch(() => undefined);
    await stack.disposeAsync();
    throw error;
  }
}

function imageOf(image: PreparedImage, { imageIds }: PreparedSite): string {
  const id = imageIds[image];
  if (id === undefined) throw new Error(`The scenario has to name the image ${image}: it was not prepared.`);
  return id;
}

/** Where the last picture of a machine's screen is. */
export function screenFile({ folder }: Pick<Stage, 'folder'>, { name }: Machine): string {
  return join(folder, `${name}.png`);
}

/** A picture every few seconds, so that the last screen of a machine is there when it has ended. Until the signal aborts. */
async function keepScreen(machine: Machine, path: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (machine.isOn) await machine.screenshot(path, signal).catch(() => undefined);
    await sleep(screenEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

async function makeFolders(cache: Cache, id: LabId) {
  const folder = join(cache.work, labName(id));
  // Sockets have short paths only.
  const socketFolder = join(tmpdir(), labName(id));
  for (const each of [folder, socketFolder]) await mkdir(each, { recursive: true });
  const remove = async (): Promise<void> => {
    for (const each of [folder, socketFolder]) await rm(each, { recursive: true, force: true });
  };
  return { folder, socketFolder, [Symbol.asyncDispose]: remove };
}

/** Takes what it can get: a machine that is off has no screen. */
async function keepEvidence(
  to: string,
  stageFolder: { readonly folder: string },
  machines: readonly Machine[],
  site: Site,
  dhcpServer: DhcpServer | null,
): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  const signal = AbortSignal.timeout(20_000);
  for (const machine of machines) {
    if (machine.isOn) await machine.screenshot(screenFile(stageFolder, machine), signal).catch(() => undefined);
    await cp(screenFile(stageFolder, machine), join(to, `${machine.name}.png`)).catch(() => undefined);
    await cp(machine.serial.path, join(to, `${machine.name}.serial.log`)).catch(() => undefined);
  }
  await cp(site.logFile, join(to, 'server.log')).catch(() => undefined);
  await cp(join(site.dataDirectory, 'runs'), join(to, 'runs'), { recursive: true }).catch(() => undefined);
  if (dhcpServer !== null) await cp(dhcpServer.logFile, join(to, 'other-dhcp.log')).catch(() => undefined);
}
