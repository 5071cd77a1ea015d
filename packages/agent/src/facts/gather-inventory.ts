/** What this computer is made of, from sysfs, procfs and the list of disks. Reads only; what is not there is empty. */
import { readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HardwareInventory, type DeviceFacts, type InventoryAdapter, type InventoryDisk } from '@ostler/contract';
import { isInstalled } from '@ostler/imaging';
import { readChassis } from './chassis.ts';
import { listAdapters, type Adapter } from './gather-facts.ts';
import { coreCount, isVirtual, packagesOf, readProcessors, type Processor } from './processors.ts';
import { listNames, readDmi, readNumber, readValue } from './sysfs.ts';

export interface InventorySources {
  /** `/`, or a folder that looks like it. */
  readonly root: string;
  /** What the computer said of itself at its start. */
  readonly facts: DeviceFacts;
  readonly listDisks: () => Promise<
    readonly {
      readonly name: string;
      readonly model: string | undefined;
      readonly serial: string | undefined;
      readonly sizeBytes: number;
      readonly transport: string | undefined;
      readonly rotational: boolean;
      readonly removable: boolean;
    }[]
  >;
}

const textLimit = 200;

export async function gatherInventory({ root, facts, listDisks }: InventorySources): Promise<HardwareInventory> {
  const text = async (name: string): Promise<string> => limited(await readDmi(root, name));
  const processors = await readProcessors(root);
  const { manufacturer, model, serialNumber, assetTag, memoryBytes } = facts;
  return HardwareInventory.parse({
    manufacturer,
    model,
    serialNumber,
    assetTag,
    memoryBytes,
    productFamily: await text('product_family'),
    sku: await text('product_sku'),
    chassis: await readChassis(root),
    virtualMachine: virtualMachine(facts, processors),
    firmware: {
      kind: facts.firmware,
      vendor: await text('bios_vendor'),
      version: await text('bios_version'),
      releaseDate: isoDate(await text('bios_date')),
      secureBoot: facts.secureBoot,
    },
    tpmVersion: await tpmSpecification(root),
    processor: describeProcessor(processors),
    disks: (await listDisks()).filter(isInstalled).slice(0, 256).map(asInventoryDisk),
    networkAdapters: await Promise.all((await listAdapters(root)).slice(0, 64).map((adapter) => describeAdapter(root, adapter))),
    pciIds: await busIds(join(root, 'sys/bus/pci/devices'), 'vendor', 'device'),
    usbIds: await busIds(join(root, 'sys/bus/usb/devices'), 'idVendor', 'idProduct'),
  } satisfies HardwareInventory);
}

/** What makers of virtual machines write into SMBIOS, as its maker and model. */
const platforms: readonly (readonly [RegExp, string])[] = [
  [/^QEMU|\bKVM\b|^oVirt|^OpenStack/i, 'qemu'],
  [/^VMware/i, 'vmware'],
  [/^Microsoft Corporation Virtual Machine/i, 'hyper-v'],
  [/^innotek|VirtualBox/i, 'virtualbox'],
  [/^Xen/i, 'xen'],
  [/^Amazon EC2/i, 'amazon'],
  [/^Google .*Compute Engine/i, 'google'],
  [/^Parallels/i, 'parallels'],
  [/^Apple .*Virtualization/i, 'apple'],
];

/** The processor's flag is not there on every architecture, so the maker decides too. */
function virtualMachine({ manufacturer, model }: DeviceFacts, processors: readonly Processor[]): HardwareInventory['virtualMachine'] {
  const platform = platforms.find(([pattern]) => pattern.test(`${manufacturer} ${model}`))?.[1] ?? '';
  return { virtual: platform !== '' || isVirtual(processors), platform };
}

/** SMBIOS writes `01/31/2026`. */
function isoDate(date: string): string {
  const [, month, day, year] = /^(\d\d)\/(\d\d)\/(\d{4})$/.exec(date) ?? [];
  return year === undefined ? '' : `${year}-${month}-${day}`;
}

async function tpmSpecification(root: string): Promise<string> {
  if ((await listNames(root, 'sys/class/tpm')).length === 0) return '';
  // Kernels before 5.6 say no version.
  const major = await readValue(root, 'sys/class/tpm/tpm0/tpm_version_major');
  return major === '2' ? '2.0' : '1.2';
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: 'x86' };

function describeProcessor(processors: readonly Processor[]): HardwareInventory['processor'] {
  const [first] = processors;
  return {
    name: limited(first?.['model name']),
    vendor: limited(first?.['vendor_id']),
    architecture: architectures[process.arch] ?? process.arch,
    packageCount: packagesOf(processors).length,
    coreCount: coreCount(processors),
    threadCount: processors.length,
  };
}

type ListedDisk = Awaited<ReturnType<InventorySources['listDisks']>>[number];

function asInventoryDisk({ name, model, serial, sizeBytes, transport, rotational, removable }: ListedDisk): InventoryDisk {
  return {
    sizeBytes,
    rotational,
    removable,
    name: limited(name),
    model: limited(model),
    serialNumber: limited(serial),
    transport: limited(transport),
  };
}

async function describeAdapter(root: string, { name, macAddress, isWireless }: Adapter): Promise<InventoryAdapter> {
  const folder = join(root, 'sys/class/net', name);
  const driver = await readlink(join(folder, 'device/driver')).catch(() => '');
  // Without a link the file cannot be read, or says -1.
  const megabitsPerSecond = Math.max(0, Math.trunc((await readNumber(folder, 'speed')) ?? 0));
  return { name: limited(name), macAddress, driver: limited(basename(driver)), megabitsPerSecond, wireless: isWireless };
}

/** The kernel's own hubs are not hardware of this computer. */
const linuxFoundation = '1d6b';

async function busIds(folder: string, vendorFile: string, deviceFile: string): Promise<string[]> {
  const ids = await Promise.all(
    (await listNames(folder)).map(async (name) => {
      const vendor = hexadecimal(await readValue(folder, name, vendorFile));
      const device = hexadecimal(await readValue(folder, name, deviceFile));
      return vendor === null || device === null || vendor === linuxFoundation ? null : `${vendor}:${device}`;
    }),
  );
  return [...new Set(ids.filter((id) => id !== null))].toSorted().slice(0, 1024);
}

/** PCI says `0x8086`, USB `0bda`. */
function hexadecimal(text: string | null): string | null {
  return /^(?:0x)?(?<digits>[0-9a-f]{4})$/i.exec(text ?? '')?.groups?.['digits']?.toLowerCase() ?? null;
}

function limited(text: string | null | undefined): string {
  return (text ?? '').trim().slice(0, textLimit);
}
