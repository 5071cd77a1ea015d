/** The computer's devices: classes of disks, volumes, network adapters and batteries. */
import { readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { WmiValue } from '@ostler/task-sequence';
import { defaultGateways, listAdapters } from '../../facts/gather-facts.ts';
import type { WmiReaders } from './sources.ts';
import { listNames, readNumber, readValue } from '../../facts/sysfs.ts';

type Classes = 'Win32_Battery' | 'Win32_DiskDrive' | 'Win32_LogicalDisk' | 'Win32_NetworkAdapter' | 'Win32_NetworkAdapterConfiguration';

export const deviceClasses: WmiReaders<Classes> = {
  Win32_Battery: async ({ root }) => {
    const folder = join(root, 'sys/class/power_supply');
    const found = await Promise.all((await listNames(folder)).map((name) => readBattery(folder, name)));
    return found.filter((each) => each !== null);
  },
  Win32_DiskDrive: async ({ root }) => {
    const names = (await listNames(root, 'sys/block')).filter((name) => !notDrives.test(name));
    const drives = await Promise.all(names.map((name) => readDrive(root, name)));
    return drives.filter(({ Size }) => Size !== 0);
  },
  Win32_LogicalDisk: async ({ root }) => {
    const mounts = await localMounts(root);
    return Promise.all(mounts.map(({ mountPoint, fileSystem }) => readVolume(root, mountPoint, fileSystem)));
  },
  Win32_NetworkAdapter: async ({ root }) => {
    const adapters = await listAdapters(root);
    return Promise.all(
      adapters.map(async ({ name, macAddress, isWireless }) => {
        const folder = join(root, 'sys/class/net', name);
        const connected = (await readValue(folder, 'carrier')) === '1';
        const megabits = connected ? await readNumber(folder, 'speed') : null;
        return {
          AdapterType: isWireless ? 'Wireless' : 'Ethernet 802.3',
          DeviceID: name,
          MACAddress: macAddress.toUpperCase(),
          Name: name,
          NetConnectionStatus: connected ? 2 : 7,
          NetEnabled: connected,
          PhysicalAdapter: true,
          Speed: megabits === null || megabits < 0 ? null : megabits * 1_000_000,
        };
      }),
    );
  },
  Win32_NetworkAdapterConfiguration: async ({ root, addresses, hostName }) => {
    const gateways = await defaultGateways(root);
    const known = addresses();
    return (await listAdapters(root)).map(({ name, macAddress }) => {
      const own = known.get(name) ?? [];
      return {
        DefaultIPGateway: own.length === 0 ? null : gateways,
        Description: name,
        DNSHostName: hostName,
        IPAddress: own.length === 0 ? null : own,
        IPEnabled: own.length > 0,
        MACAddress: macAddress.toUpperCase(),
      };
    });
  },
};

/** Numbers of Win32_Battery.BatteryStatus. */
const batteryStates: Readonly<Record<string, WmiValue>> = { Discharging: 1, 'Not charging': 2, Full: 3, Charging: 6 };

/** Batteries of the computer itself: those of mice and keyboards have the scope Device. */
async function readBattery(folder: string, name: string) {
  const isOwn = (await readValue(folder, name, 'type')) === 'Battery' && (await readValue(folder, name, 'scope')) !== 'Device';
  if (!isOwn) return null;
  return {
    BatteryStatus: batteryStates[(await readValue(folder, name, 'status')) ?? ''] ?? null,
    DeviceID: name,
    EstimatedChargeRemaining: await readNumber(folder, name, 'capacity'),
    Name: (await readValue(folder, name, 'model_name')) ?? name,
  };
}

/** Virtual devices, optical drives and floppies. */
const notDrives = /^(?:loop|z?ram|dm-|md|sr|fd|nbd)\d|^mmcblk\d+(?:boot\d|rpmb)$/;
const sectorsInSysfsBytes = 512;

async function readDrive(root: string, name: string) {
  const folder = join(root, 'sys/block', name);
  const removable = (await readValue(folder, 'removable')) === '1';
  return {
    BytesPerSector: await readNumber(folder, 'queue/logical_block_size'),
    DeviceID: `/dev/${name}`,
    InterfaceType: interfaceOf(name, removable),
    MediaType: removable ? 'Removable Media' : 'Fixed hard disk media',
    Model: await readValue(folder, 'device/model'),
    Name: `/dev/${name}`,
    SerialNumber: (await readValue(folder, 'serial')) ?? (await readValue(folder, 'device/serial')),
    Size: ((await readNumber(folder, 'size')) ?? 0) * sectorsInSysfsBytes,
  };
}

/** As Windows words it: everything that speaks SCSI, SATA and NVMe too, is SCSI there. */
function interfaceOf(name: string, removable: boolean): WmiValue {
  return name.startsWith('sd') && removable ? 'USB' : 'SCSI';
}

interface Mount {
  readonly mountPoint: string;
  readonly fileSystem: string;
}

/** File systems of block devices, each once: the same device mounted again is the same volume. */
async function localMounts(root: string): Promise<readonly Mount[]> {
  const text = await readFile(join(root, 'proc/mounts'), 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.split(' ').map(withoutEscapes));
  const local = lines.filter(([device = '']) => device.startsWith('/dev/'));
  const first = [...Map.groupBy(local, ([device]) => device).values()].map(([mount]) => mount ?? []);
  return first.map(([, mountPoint = '/', fileSystem = '']) => ({ mountPoint, fileSystem: fileSystem === 'fuseblk' ? 'NTFS' : fileSystem }));
}

/** The kernel writes blanks and the like as octal numbers (proc(5)). */
function withoutEscapes(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_whole, digits: string) => String.fromCodePoint(Number.parseInt(digits, 8)));
}

const localDisk = 3;

async function readVolume(root: string, mountPoint: string, fileSystem: string) {
  const { blocks, bavail, bsize } = await statfs(join(root, mountPoint));
  return {
    DeviceID: mountPoint,
    DriveType: localDisk,
    FileSystem: fileSystem,
    FreeSpace: bavail * bsize,
    Name: mountPoint,
    Size: blocks * bsize,
  };
}
