/** The computer as a whole: classes read from SMBIOS, the processor, memory and the operating system. */
import type { WmiValue } from '@ostler/task-sequence';
import { readChassis } from '../../facts/chassis.ts';
import { kernelMemoryKibibytes } from '../../facts/memory.ts';
import { coreCount, isVirtual, packagesOf, readProcessors, type Processor } from '../../facts/processors.ts';
import type { WmiReaders } from './sources.ts';
import { listNames, readDmi, readNumber, readValue } from '../../facts/sysfs.ts';

type Classes =
  | 'Win32_BaseBoard'
  | 'Win32_BIOS'
  | 'Win32_ComputerSystem'
  | 'Win32_ComputerSystemProduct'
  | 'Win32_OperatingSystem'
  | 'Win32_Processor'
  | 'Win32_SystemEnclosure'
  | 'Win32_Tpm';

export const systemClasses: WmiReaders<Classes> = {
  Win32_BaseBoard: async ({ root }) => [
    {
      Manufacturer: await readDmi(root, 'board_vendor'),
      Product: await readDmi(root, 'board_name'),
      SerialNumber: await readDmi(root, 'board_serial'),
      Version: await readDmi(root, 'board_version'),
    },
  ],
  Win32_BIOS: async ({ root }) => [
    {
      Manufacturer: await readDmi(root, 'bios_vendor'),
      ReleaseDate: cimDate(await readDmi(root, 'bios_date')),
      SerialNumber: await readDmi(root, 'product_serial'),
      SMBIOSBIOSVersion: await readDmi(root, 'bios_version'),
      Version: await readDmi(root, 'bios_version'),
    },
  ],
  Win32_ComputerSystem: async ({ root, hostName }) => {
    const processors = await readProcessors(root);
    return [
      {
        HypervisorPresent: isVirtual(processors),
        Manufacturer: await readDmi(root, 'sys_vendor'),
        Model: await readDmi(root, 'product_name'),
        Name: hostName,
        NumberOfLogicalProcessors: processors.length,
        NumberOfProcessors: packagesOf(processors).length,
        PCSystemType: (await readChassis(root)).portable ? 2 : 1,
        SystemFamily: await readDmi(root, 'product_family'),
        SystemSKUNumber: await readDmi(root, 'product_sku'),
        TotalPhysicalMemory: await kernelMemoryKibibytes(root).then((kibibytes) => kibibytes && kibibytes * 1024),
      },
    ];
  },
  Win32_ComputerSystemProduct: async ({ root }) => [
    {
      IdentifyingNumber: await readDmi(root, 'product_serial'),
      Name: await readDmi(root, 'product_name'),
      SKUNumber: await readDmi(root, 'product_sku'),
      UUID: (await readDmi(root, 'product_uuid'))?.toUpperCase() ?? null,
      Vendor: await readDmi(root, 'sys_vendor'),
      Version: await readDmi(root, 'product_version'),
    },
  ],
  Win32_OperatingSystem: async ({ root, operatingSystem }) => {
    const system = await operatingSystem();
    if (system === null) return [];
    const words: Readonly<Record<string, string>> = {
      amd64: '64-bit',
      x86: '32-bit',
      arm64: 'ARM 64-bit Processor',
      arm: 'ARM 32-bit Processor',
    };
    return [
      {
        BuildNumber: system.family === 'windows' ? (system.version?.split('.')[2] ?? null) : null,
        Caption: system.name,
        OSArchitecture: words[system.architecture ?? ''] ?? null,
        TotalVisibleMemorySize: await kernelMemoryKibibytes(root),
        Version: system.version ?? null,
      },
    ];
  },
  Win32_Processor: async ({ root }) => {
    const processors = await readProcessors(root);
    return Promise.all(packagesOf(processors).map((own, index) => describeProcessor(root, own, index)));
  },
  Win32_SystemEnclosure: async ({ root }) => [
    {
      ChassisTypes: await chassisTypes(root),
      Manufacturer: await readDmi(root, 'chassis_vendor'),
      SerialNumber: await readDmi(root, 'chassis_serial'),
      SMBIOSAssetTag: await readDmi(root, 'chassis_asset_tag'),
      Version: await readDmi(root, 'chassis_version'),
    },
  ],
  Win32_Tpm: async ({ root }) => {
    const names = await listNames(root, 'sys/class/tpm');
    return Promise.all(
      names.map(async (name) => {
        const major = await readValue(root, 'sys/class/tpm', name, 'tpm_version_major');
        // Linux shows a TPM only when the firmware has switched it on.
        return { IsActivated_InitialValue: true, IsEnabled_InitialValue: true, SpecVersion: major === '1' ? '1.2' : major && `${major}.0` };
      }),
    );
  },
};

async function chassisTypes(root: string): Promise<readonly number[] | null> {
  const { type } = await readChassis(root);
  return type === 0 ? null : [type];
}

/** `01/31/2026` as CIM writes it. */
function cimDate(date: string | null): string | null {
  const [, month, day, year] = /^(\d\d)\/(\d\d)\/(\d{4})$/.exec(date ?? '') ?? [];
  return year === undefined ? null : `${year}${month}${day}000000.000000+000`;
}

/** Numbers of Win32_Processor.Architecture. */
const architectureNumbers: Readonly<Record<string, WmiValue>> = { x64: 9, arm64: 12, ia32: 0, arm: 5 };
const addressWidths: Readonly<Record<string, WmiValue>> = { x64: 64, arm64: 64, ia32: 32, arm: 32 };

async function describeProcessor(root: string, logical: readonly Processor[], index: number) {
  const [first] = logical;
  return {
    AddressWidth: addressWidths[process.arch] ?? null,
    Architecture: architectureNumbers[process.arch] ?? null,
    DeviceID: `CPU${index}`,
    Manufacturer: first?.['vendor_id'] ?? null,
    MaxClockSpeed: await fastestMegahertz(root, first),
    Name: first?.['model name'] ?? null,
    NumberOfCores: coreCount(logical),
    NumberOfLogicalProcessors: logical.length,
  };
}

/** The fastest that it can be, or else what it is now. */
async function fastestMegahertz(root: string, processor: Processor | undefined): Promise<number | null> {
  const number = processor?.['processor'] ?? '0';
  const kilohertz = await readNumber(root, `sys/devices/system/cpu/cpu${number}/cpufreq/cpuinfo_max_freq`);
  const megahertz = kilohertz === null ? Number(processor?.['cpu MHz'] ?? 0) : kilohertz / 1000;
  return megahertz === 0 ? null : Math.round(megahertz);
}
