import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { aFolder } from '../../test/builders.ts';
import { defaultGateways, gatherFacts } from './gather-facts.ts';

const secureBoot = 'sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';

async function aMachine(root: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

const common = {
  'proc/meminfo': 'MemTotal:        2097152 kB\n',
  'sys/class/dmi/id/product_uuid': '4C4C4544-0042-3010-8051-B4C04F4E4631\n',
  'sys/class/dmi/id/product_serial': 'ABC123\n',
  'sys/class/net/eth0/address': '52:54:00:AA:BB:CC\n',
  'sys/class/net/eth0/device/vendor': '0x1af4',
  'sys/class/net/br0/address': '02:00:00:00:00:01\n',
};

test('a UEFI machine with Secure Boot says so; bridges are no adapters', async () => {
  await using root = await aFolder();
  await aMachine(root.path, { ...common, [secureBoot]: Buffer.from([6, 0, 0, 0, 1]) });

  const facts = await gatherFacts({ root: root.path, listDisks: async () => [] });

  expect(facts).toMatchObject({
    firmware: 'uefi',
    secureBoot: 'enabled',
    macAddresses: ['52:54:00:aa:bb:cc'],
    smbiosUuid: '4c4c4544-0042-3010-8051-b4c04f4e4631',
    serialNumber: 'ABC123',
    memoryBytes: 2 * 1024 ** 3,
  });
});

test('a BIOS machine without SMBIOS still has facts; what the boot environment is in is no disk of it', async () => {
  await using root = await aFolder();
  await aMachine(root.path, { 'proc/meminfo': 'MemTotal: 1024 kB\n' });
  const disk = { name: 'sda', sizeBytes: 1, model: undefined, transport: undefined };

  const facts = await gatherFacts({ root: root.path, listDisks: async () => [disk, { ...disk, name: 'loop0' }] });

  expect(facts).toMatchObject({ firmware: 'bios', secureBoot: 'unsupported', smbiosUuid: null, macAddresses: [] });
  expect(facts.disks).toEqual([{ name: 'sda', sizeBytes: 1, model: '', transport: '' }]);
});

test('default gateways are read from the kernel’s table', async () => {
  await using root = await aFolder();
  const table = 'Iface\tDestination\tGateway\tFlags\neth0\t00000000\t010200C0\t0003\neth0\t000200C0\t00000000\t0001\n';
  await aMachine(root.path, { 'proc/net/route': table });

  expect(await defaultGateways(root.path)).toEqual(['192.0.2.1']);
});
