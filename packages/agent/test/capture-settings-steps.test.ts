import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PartitionOptions, stepOptions } from '@ostler/contract';
import { listDisks, mountFileSystem, partitionDisk, run, unmountBelow } from '@ostler/imaging';
import { Variables } from '@ostler/task-sequence';
import { describe, expect, test } from 'vitest';
import { adapterSettings } from '../src/steps/apply-network-settings.ts';
import { captureNetworkSettings, setAdapters } from '../src/steps/capture-network-settings.ts';
import { captureOsSettings } from '../src/steps/capture-os-settings.ts';
import { provisioningKeyVariable, type TargetPartition } from '../src/target.ts';
import { aFolder } from './builders.ts';
import { aStepContext } from './step-context.ts';

const isRoot = process.getuid?.() === 0;
const machine = [{ name: 'eno1', macAddress: '52:54:00:00:00:01', isWireless: false }];

test('static addresses survive a refresh: what is captured is what Apply Network Settings writes, whatever the adapter is called then', () => {
  const variables = new Variables([]);
  const kept = {
    addresses: ['192.0.2.10/24', '2001:db8::5/64'],
    gateways: ['192.0.2.1'],
    dnsServers: ['192.0.2.2'],
    dnsDomain: 'example.org',
  };
  setAdapters(
    { stack: 'ifupdown', adapters: [{ name: 'eno1', enableDhcp: false, ...kept }], dnsSuffixSearchOrder: ['example.org'] },
    machine,
    variables,
  );

  const applied = adapterSettings(stepOptions['apply-network-settings'].parse({}), variables, []);

  expect(applied).toEqual([{ macAddress: '52:54:00:00:00:01', enableDhcp: false, ...kept }]);
});

test('a computer that asks DHCP sets no OSDAdapterCount, so the step’s own adapters hold', () => {
  const variables = new Variables([]);
  expect(setAdapters({ stack: null, adapters: [], dnsSuffixSearchOrder: [] }, machine, variables)).toBe(0);
  expect(variables.names()).toEqual([]);
});

test('a system inside a partition that this run has encrypted is opened with the run’s key and captured from', async () => {
  await using folder = await aFolder();
  const uuid = '11111111-2222-4333-8444-555555555555';
  const encryption = { uuid, name: `luks-${uuid}` };
  const done: string[] = [];
  const context = aStepContext({
    folder: folder.path,
    imaging: {
      listDisks: () => Promise.resolve([{ ...aDisk, partitions: [{ path: '/dev/sdz2', number: 2 }] }] as never),
      probeDevice: (path) => Promise.resolve(path === '/dev/sdz2' ? { TYPE: 'crypto_LUKS', PART_ENTRY_UUID: 'part-2' } : { TYPE: 'ext4' }),
      openEncrypted: (partition, { name }, key) => (done.push(`open ${partition} as ${name} with ${key}`), Promise.resolve('')),
      run: (program, args) => (
        done.push([program, ...args.slice(0, 3)].join(' ')),
        Promise.resolve({ stdout: '', stderr: '', exitCode: 0 })
      ),
      describeLinuxTree: () => Promise.resolve({ id: 'debian' } as never),
      readOsSettings: () => Promise.resolve({ ...nothingSet, computerName: 'pc-7' }),
    },
  });
  const partition = { ...aPartition, number: 2, path: '/dev/sdz2', partUuid: 'part-2', encryption };
  context.target.replaceDisk(context.variables, '/dev/sdz', [partition]);
  context.variables.set(provisioningKeyVariable(uuid), 'the key', { secret: true });

  await captureOsSettings(stepOptions['capture-os-settings'].parse({}), context);

  expect(context.variables.get('OSDComputerName')).toBe('pc-7');
  expect(done).toEqual(
    expect.arrayContaining([`open /dev/sdz2 as luks-${uuid} with the key`, `mount -o ro,noload /dev/mapper/luks-${uuid}`]),
  );
});

const nothingSet = { timeZone: undefined, locale: undefined, keyboard: undefined, registeredUser: undefined };
const aDisk = { path: '/dev/sdz', index: 0, removable: false, model: '', sizeBytes: 1, users: [] };
const aPartition: TargetPartition = {
  disk: '/dev/sdz',
  diskIndex: 0,
  number: 1,
  path: '/dev/sdz1',
  partUuid: null,
  uuid: null,
  type: 'primary',
  fileSystem: 'ext4',
  fresh: false,
  use: 'root',
  mountPoint: '/',
  encryption: null,
};

describe.skipIf(!isRoot)('in the boot environment (needs root for a loop device)', () => {
  test('the settings of the system on the disk are captured, it is mounted read-only, and nothing stays mounted', async () => {
    await using folder = await aFolder();
    const signal = AbortSignal.timeout(60_000);
    const port = { signal, report: () => undefined };
    const file = join(folder.path, 'disk.img');
    await run('truncate', ['--size', '64M', file], { signal });
    const device = (await run('losetup', ['--find', '--show', file], { signal })).stdout.trim();
    try {
      const look = async () => (await listDisks(port)).filter(({ path }) => path === device);
      const [disk] = await look();
      const layout = { style: 'gpt' as const, partitions: [PartitionOptions.parse({ size: 100, sizeUnits: 'percent' })] };
      if (disk === undefined) throw new Error('no loop device');
      const [partition] = await partitionDisk(disk, layout, port);
      const root = join(folder.path, 'before');
      await mountFileSystem({ device: partition?.path ?? '', mountPoint: root }, port);
      await mkdir(join(root, 'etc/sssd'), { recursive: true });
      await writeFile(join(root, 'etc/os-release'), 'ID=debian\n');
      await writeFile(join(root, 'etc/hostname'), 'pc-7\n');
      await writeFile(join(root, 'etc/timezone'), 'Europe/Berlin\n');
      await writeFile(join(root, 'etc/sssd/sssd.conf'), '[sssd]\ndomains = example.org\n');
      await unmountBelow(root);
      const context = aStepContext({ folder: folder.path, variables: { OSDMigrateTimeZone: 'FALSE' }, imaging: { listDisks: look } });

      await captureOsSettings(stepOptions['capture-os-settings'].parse({}), context);
      await captureNetworkSettings(stepOptions['capture-network-settings'].parse({}), context);

      expect(context.variables.get('OSDComputerName')).toBe('pc-7');
      expect(context.variables.get('OSDTimeZone')).toBeUndefined();
      expect(context.variables.get('OSDDomainName')).toBe('example.org');
      expect((await look()).flatMap(({ users }) => users)).toEqual([]);
    } finally {
      await unmountBelow(folder.path);
      await run('partx', ['--delete', device], { signal, okExitCodes: [0, 1] });
      await run('losetup', ['--detach', device], { signal });
    }
  });

  test('a computer without a Linux system on its disks says so', async () => {
    await using folder = await aFolder();
    const context = aStepContext({ folder: folder.path, imaging: { listDisks: () => Promise.resolve([]) } });
    await expect(captureOsSettings(stepOptions['capture-os-settings'].parse({}), context)).rejects.toMatchObject({
      code: 'CAPTURE_SOURCE_MISSING',
    });
  });
});
