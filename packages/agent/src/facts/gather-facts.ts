/** What this computer says of its hardware: sysfs, procfs and the firmware's variables. Reads only. */
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { DeviceFacts, MacAddress, SmbiosUuid } from '@ostler/contract';
import { isInstalled } from '@ostler/imaging';
import { exists } from '../exists.ts';
import { installedMemoryBytes } from './memory.ts';

export interface FactSources {
  /** `/`, or a folder that looks like it. */
  readonly root: string;
  readonly listDisks: () => Promise<
    readonly {
      readonly name: string;
      readonly sizeBytes: number;
      readonly model: string | undefined;
      readonly transport: string | undefined;
    }[]
  >;
}

/** UEFI 2.10 §3.3: the GUID of the firmware's own variables; the first four bytes of a file in efivarfs are attributes. */
const secureBootVariable = 'sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';
const attributeBytes = 4;

export async function gatherFacts({ root, listDisks }: FactSources): Promise<DeviceFacts> {
  const dmi = (name: string): Promise<string> => readLine(join(root, 'sys/class/dmi/id', name));
  const isUefi = await exists(join(root, 'sys/firmware/efi'));
  const disks = (await listDisks()).filter(isInstalled);
  return DeviceFacts.parse({
    macAddresses: await macAddresses(root),
    smbiosUuid: SmbiosUuid.safeParse(await dmi('product_uuid')).data ?? null,
    serialNumber: await dmi('product_serial'),
    assetTag: await dmi('chassis_asset_tag'),
    manufacturer: await dmi('sys_vendor'),
    model: await dmi('product_name'),
    firmware: isUefi ? 'uefi' : 'bios',
    secureBoot: isUefi ? await secureBoot(root) : 'unsupported',
    memoryBytes: await installedMemoryBytes(root),
    cpuCount: availableParallelism(),
    disks: disks.map(({ name, sizeBytes, model, transport }) => ({
      name: name.slice(0, 100),
      sizeBytes,
      model: (model ?? '').slice(0, 200),
      transport: (transport ?? '').slice(0, 50),
    })),
  } satisfies DeviceFacts);
}

/** Addresses of the network now, for the built-in variables. */
export function ipAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flat()
    .filter((address) => address !== undefined && !address.internal && !address.address.startsWith('fe80:'))
    .map((address) => address?.address ?? '');
}

/** IPv4 default gateways, from the kernel's routing table: little-endian hexadecimal (proc(5), /proc/net/route). */
export async function defaultGateways(root: string): Promise<string[]> {
  const text = await readFile(join(root, 'proc/net/route'), 'utf8').catch(() => '');
  const routes = text.split('\n').map((line) => line.split('\t'));
  return routes
    .filter(([, destination, gateway]) => destination === '00000000' && gateway !== undefined && gateway !== '00000000')
    .map(([, , gateway]) => [...Buffer.from(gateway ?? '', 'hex')].toReversed().join('.'));
}

export interface Adapter {
  readonly name: string;
  readonly macAddress: string;
  readonly isWireless: boolean;
}

/** Adapters of real hardware only, by name: bridges and the like have no `device`. */
export async function listAdapters(root: string): Promise<Adapter[]> {
  const folder = join(root, 'sys/class/net');
  const names = (await readdir(folder).catch(() => [])).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const found: Adapter[] = [];
  for (const name of names) {
    if (!(await exists(join(folder, name, 'device')))) continue;
    const macAddress = MacAddress.safeParse(await readLine(join(folder, name, 'address'))).data;
    if (macAddress === undefined || macAddress === '00:00:00:00:00:00') continue;
    found.push({ name, macAddress, isWireless: await exists(join(folder, name, 'phy80211')) });
  }
  return found;
}

async function macAddresses(root: string): Promise<string[]> {
  const adapters = await listAdapters(root);
  return [...new Set(adapters.map(({ macAddress }) => macAddress))].slice(0, 64);
}

async function secureBoot(root: string): Promise<DeviceFacts['secureBoot']> {
  try {
    const value = await readFile(join(root, secureBootVariable));
    return value[attributeBytes] === 1 ? 'enabled' : 'disabled';
  } catch {
    return 'unsupported';
  }
}

async function readLine(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim().slice(0, 200);
}
