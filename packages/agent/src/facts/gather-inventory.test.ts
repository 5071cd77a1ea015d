import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { aFolder, facts } from '../../test/builders.ts';
import { gatherInventory } from './gather-inventory.ts';

const thread = (number: number, core: number) =>
  `processor\t: ${number}\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Core(TM) i7-1365U\nphysical id\t: 0\ncore id\t\t: ${core}\nflags\t\t: fpu vme\n`;

/** A laptop as the kernel shows it in /sys and /proc. */
const laptop = {
  'sys/class/dmi/id/product_sku': '0C1A\n',
  'sys/class/dmi/id/product_family': 'Latitude\n',
  'sys/class/dmi/id/bios_vendor': 'Dell Inc.\n',
  'sys/class/dmi/id/bios_version': '1.12.0\n',
  'sys/class/dmi/id/bios_date': '01/31/2026\n',
  'sys/class/dmi/id/chassis_type': '138\n',
  'proc/cpuinfo': `${thread(0, 0)}\n${thread(1, 0)}\n${thread(2, 1)}\n`,
  'sys/class/tpm/tpm0/tpm_version_major': '2\n',
  'sys/class/net/eth0/address': '52:54:00:AA:BB:CC\n',
  'sys/class/net/eth0/speed': '1000\n',
  'sys/class/net/eth0/device/vendor': '0x8086\n',
  'sys/class/net/wlan0/address': '52:54:00:aa:bb:cd\n',
  'sys/class/net/wlan0/speed': '-1\n',
  'sys/class/net/wlan0/phy80211/name': 'phy0\n',
  'sys/class/net/wlan0/device/vendor': '0x8086\n',
  'sys/bus/pci/devices/0000:00:1f.6/vendor': '0x8086\n',
  'sys/bus/pci/devices/0000:00:1f.6/device': '0x15F3\n',
  'sys/bus/usb/devices/1-3/idVendor': '0bda\n',
  'sys/bus/usb/devices/1-3/idProduct': '8153\n',
  'sys/bus/usb/devices/1-4/idVendor': '0bda\n',
  'sys/bus/usb/devices/1-4/idProduct': '8153\n',
  'sys/bus/usb/devices/usb1/idVendor': '1d6b\n',
  'sys/bus/usb/devices/usb1/idProduct': '0002\n',
  'sys/bus/usb/devices/1-0:1.0/bInterfaceClass': '09\n',
};
const disk = {
  name: 'nvme0n1',
  model: 'PM9A1',
  serial: 'S6ABC',
  sizeBytes: 512_110_190_592,
  transport: 'nvme',
  rotational: false,
  removable: false,
};

test('a laptop is described whole: chassis, firmware, TPM, processor, disks, adapters with their drivers, ids of PCI and USB', async () => {
  await using root = await aFolder();
  for (const [path, content] of Object.entries(laptop)) {
    await mkdir(dirname(join(root.path, path)), { recursive: true });
    await writeFile(join(root.path, path), content);
  }
  await symlink('../../../../bus/pci/drivers/e1000e', join(root.path, 'sys/class/net/eth0/device/driver'));
  const own = { ...facts, manufacturer: 'Dell Inc.', model: 'Latitude 7440' };

  const inventory = await gatherInventory({ root: root.path, facts: own, listDisks: async () => [disk] });

  expect(inventory).toMatchObject({
    manufacturer: 'Dell Inc.',
    model: 'Latitude 7440',
    sku: '0C1A',
    chassis: { type: 10, portable: true },
    virtualMachine: { virtual: false, platform: '' },
    firmware: { kind: 'uefi', vendor: 'Dell Inc.', version: '1.12.0', releaseDate: '2026-01-31', secureBoot: 'disabled' },
    tpmVersion: '2.0',
    processor: { name: 'Intel(R) Core(TM) i7-1365U', vendor: 'GenuineIntel', packageCount: 1, coreCount: 2, threadCount: 3 },
    disks: [{ name: 'nvme0n1', serialNumber: 'S6ABC', transport: 'nvme', rotational: false }],
    networkAdapters: [
      { name: 'eth0', macAddress: '52:54:00:aa:bb:cc', driver: 'e1000e', megabitsPerSecond: 1000, wireless: false },
      { name: 'wlan0', driver: '', megabitsPerSecond: 0, wireless: true },
    ],
    pciIds: ['8086:15f3'],
    usbIds: ['0bda:8153'],
  });
});

test('a computer that shows nothing of itself still has an inventory', async () => {
  await using root = await aFolder();

  const inventory = await gatherInventory({ root: root.path, facts: { ...facts, manufacturer: '', model: '' }, listDisks: async () => [] });

  expect(inventory).toMatchObject({ virtualMachine: { virtual: false }, tpmVersion: '', processor: { coreCount: 0 }, pciIds: [] });
});

test.each([
  ['QEMU', 'Standard PC (Q35 + ICH9, 2009)', 'qemu'],
  ['VMware, Inc.', 'VMware7,1', 'vmware'],
  ['Microsoft Corporation', 'Virtual Machine', 'hyper-v'],
  ['innotek GmbH', 'VirtualBox', 'virtualbox'],
])('a virtual machine of %s is known as one', async (manufacturer, model, platform) => {
  await using root = await aFolder();

  const inventory = await gatherInventory({ root: root.path, facts: { ...facts, manufacturer, model }, listDisks: async () => [] });

  expect(inventory.virtualMachine).toEqual({ virtual: true, platform });
});
