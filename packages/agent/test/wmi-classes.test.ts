import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { wmiClasses, wmiClassNames, type WmiClassName } from '@ostler/contract';
import { conditionHolds, noFacts, Variables, type OperatingSystem } from '@ostler/task-sequence';
import { describe, expect, test } from 'vitest';
import { wmiInstances } from '../src/conditions/wmi/instances.ts';
import type { WmiSources } from '../src/conditions/wmi/sources.ts';
import { aFolder } from './builders.ts';

const system: OperatingSystem = {
  family: 'windows',
  ids: ['windows'],
  name: 'Windows 11 Pro',
  version: '10.0.22631',
  architecture: 'amd64',
  language: 'de-DE',
};
const processor = (number: number, core: number) =>
  `processor\t: ${number}\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Core(TM) i7-1365U\ncpu MHz\t\t: 800.5\nphysical id\t: 0\ncore id\t\t: ${core}\nflags\t\t: fpu vme hypervisor\n`;

/** A laptop as the kernel shows it in /sys and /proc. */
const laptop = {
  'sys/class/dmi/id/sys_vendor': 'Dell Inc.\n',
  'sys/class/dmi/id/product_name': 'Latitude 7440\n',
  'sys/class/dmi/id/product_serial': 'ABC1234\n',
  'sys/class/dmi/id/product_uuid': '4c4c4544-0042-3010-8051-b4c04f4e4631\n',
  'sys/class/dmi/id/bios_version': '1.12.0\n',
  'sys/class/dmi/id/bios_date': '01/31/2026\n',
  'sys/class/dmi/id/board_name': '0ABCDE\n',
  'sys/class/dmi/id/chassis_type': '138\n',
  'proc/meminfo': 'MemTotal:       16384000 kB\n',
  'proc/cpuinfo': `${processor(0, 0)}\n${processor(1, 0)}\n${processor(2, 1)}\n`,
  'sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq': '5200000\n',
  'sys/class/power_supply/BAT0/type': 'Battery\n',
  'sys/class/power_supply/BAT0/status': 'Discharging\n',
  'sys/class/power_supply/BAT0/capacity': '63\n',
  'sys/class/power_supply/hidpp_battery_0/type': 'Battery\n',
  'sys/class/power_supply/hidpp_battery_0/scope': 'Device\n',
  'sys/class/power_supply/AC/type': 'Mains\n',
  'sys/class/tpm/tpm0/tpm_version_major': '2\n',
  'sys/block/nvme0n1/size': '1000215216\n',
  'sys/block/nvme0n1/removable': '0\n',
  'sys/block/nvme0n1/queue/logical_block_size': '512\n',
  'sys/block/nvme0n1/device/model': 'PM9A1 NVMe 512GB   \n',
  'sys/block/nvme0n1/device/serial': 'S6ABC\n',
  'sys/block/loop0/size': '8\n',
  'sys/block/sda/size': '0\n',
  'sys/class/net/eth0/address': '52:54:00:aa:bb:cc\n',
  'sys/class/net/eth0/carrier': '1\n',
  'sys/class/net/eth0/speed': '1000\n',
  'sys/class/net/eth0/device/vendor': '0x8086',
  'sys/class/net/eth1/address': '52:54:00:aa:bb:cd\n',
  'sys/class/net/eth1/device/vendor': '0x8086',
  'proc/net/route': 'Iface\tDestination\tGateway\tFlags\neth0\t00000000\t010200C0\t0003\n',
  'proc/mounts':
    'proc /proc proc rw 0 0\n/dev/nvme0n1p2 / ext4 rw 0 0\n/dev/nvme0n1p2 /again ext4 rw 0 0\n/dev/sdb1 /my\\040data fuseblk rw 0 0\n',
  'my data/file': '',
};

async function aLaptop(root: string): Promise<WmiSources> {
  for (const [path, content] of Object.entries(laptop)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const addresses = new Map([['eth0', ['192.0.2.17', 'fe80::1']]]);
  return { root, hostName: 'pc-1', addresses: () => addresses, operatingSystem: async () => system };
}

describe('on a laptop the queries that people write', () => {
  const finding = [
    'SELECT * FROM Win32_Battery',
    'SELECT * FROM Win32_Battery WHERE BatteryStatus = 1 AND EstimatedChargeRemaining > 60',
    "SELECT * FROM Win32_ComputerSystem WHERE Manufacturer LIKE 'Dell%' AND Model LIKE '%7440%'",
    'SELECT * FROM Win32_ComputerSystem WHERE PCSystemType = 2 AND TotalPhysicalMemory >= 16000000000',
    'SELECT * FROM Win32_ComputerSystem WHERE NumberOfProcessors = 1 AND NumberOfLogicalProcessors = 3 AND HypervisorPresent = TRUE',
    "SELECT * FROM Win32_ComputerSystemProduct WHERE UUID = '4C4C4544-0042-3010-8051-B4C04F4E4631'",
    'SELECT * FROM Win32_SystemEnclosure WHERE ChassisTypes = 9 OR ChassisTypes = 10',
    "SELECT SerialNumber FROM Win32_BIOS WHERE SMBIOSBIOSVersion = '1.12.0' AND ReleaseDate LIKE '20260131%'",
    "SELECT * FROM Win32_BaseBoard WHERE Product = '0ABCDE' AND Version IS NULL",
    "SELECT * FROM Win32_DiskDrive WHERE Size > 500000000000 AND MediaType = 'Fixed hard disk media' AND Model = 'PM9A1 NVMe 512GB'",
    "SELECT * FROM Win32_LogicalDisk WHERE DriveType = 3 AND DeviceID = '/' AND FreeSpace > 0",
    "SELECT * FROM Win32_LogicalDisk WHERE DeviceID = '/my data' AND FileSystem = 'ntfs'",
    "SELECT * FROM Win32_NetworkAdapter WHERE MACAddress = '52:54:00:AA:BB:CC' AND NetConnectionStatus = 2 AND Speed = 1000000000",
    'SELECT * FROM Win32_NetworkAdapter WHERE NetEnabled = FALSE AND Speed IS NULL',
    "SELECT * FROM Win32_NetworkAdapterConfiguration WHERE IPEnabled = TRUE AND DefaultIPGateway = '192.0.2.1' AND IPAddress LIKE '192.0.2.%'",
    "SELECT * FROM Win32_Processor WHERE Name LIKE '%i7%' AND NumberOfCores = 2 AND MaxClockSpeed = 5200",
    "SELECT * FROM Win32_OperatingSystem WHERE Version LIKE '10.0.%' AND BuildNumber >= 22000 AND OSArchitecture = '64-bit'",
  ];
  test.each(finding)('find it: %s', async (wmi) => {
    await using folder = await aFolder();
    const sources = await aLaptop(folder.path);
    const facts = { ...noFacts, wmiInstances: (name: WmiClassName) => wmiInstances(name, sources) };

    expect(await conditionHolds({ wmi }, { variables: new Variables([]), facts })).toBe(true);
  });

  test('count no device twice and none that is not the computer’s own', async () => {
    await using folder = await aFolder();
    const sources = await aLaptop(folder.path);
    const names = async (name: WmiClassName, property: string) => (await wmiInstances(name, sources)).map((each) => each[property]);

    expect(await names('Win32_Battery', 'DeviceID')).toEqual(['BAT0']);
    expect(await names('Win32_DiskDrive', 'DeviceID')).toEqual(['/dev/nvme0n1']);
    expect(await names('Win32_LogicalDisk', 'DeviceID')).toEqual(['/', '/my data']);
    expect(await names('Win32_NetworkAdapter', 'DeviceID')).toEqual(['eth0', 'eth1']);
    expect(await names('Win32_Tpm', 'SpecVersion')).toEqual(['2.0']);
  });
});

test('a computer that says nothing of itself has every property, as NULL, and no devices', async () => {
  await using folder = await aFolder();
  await symlink('nowhere', join(folder.path, 'sys'));
  const sources = { root: folder.path, hostName: 'pc-1', addresses: () => new Map(), operatingSystem: async () => null };

  for (const name of wmiClassNames()) {
    const instances = await wmiInstances(name, sources);
    for (const instance of instances) expect(Object.keys(instance).toSorted()).toEqual([...wmiClasses[name].properties].toSorted());
  }
  expect(await wmiInstances('Win32_SystemEnclosure', sources)).toMatchObject([{ ChassisTypes: null, SerialNumber: null }]);
  expect(await wmiInstances('Win32_DiskDrive', sources)).toEqual([]);
});

test('this very computer answers every class', async () => {
  const sources = { root: '/', hostName: 'pc-1', addresses: () => new Map(), operatingSystem: async () => system };

  for (const name of wmiClassNames()) await wmiInstances(name, sources);

  expect(await wmiInstances('Win32_ComputerSystem', sources)).toMatchObject([{ TotalPhysicalMemory: expect.any(Number) }]);
  expect((await wmiInstances('Win32_Processor', sources)).length).toBeGreaterThan(0);
});
