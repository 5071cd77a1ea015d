import { expect, test } from 'vitest';
import type { CreatedPartition } from '@ostler/imaging';
import { enableDiskEncryption } from '../src/steps/enable-disk-encryption.ts';
import { preProvisionDiskEncryption } from '../src/steps/pre-provision-disk-encryption.ts';
import { currentPath, provisioningKeyVariable, type TargetPartition } from '../src/target.ts';
import { aFolder } from './builders.ts';
import { aStepContext } from './step-context.ts';

const uuid = '11111111-2222-4333-8444-555555555555';
const volume = { uuid, name: `luks-${uuid}` };

function aPartition(changes: Partial<TargetPartition> & Pick<CreatedPartition, 'number'>): TargetPartition {
  return {
    disk: '/dev/sdz',
    diskIndex: 0,
    path: `/dev/sdz${changes.number}`,
    partUuid: null,
    uuid: null,
    type: 'primary',
    fileSystem: 'ext4',
    fresh: true,
    use: 'none',
    mountPoint: null,
    encryption: null,
    ...changes,
  };
}

const options = { destination: { kind: 'next-available-partition' }, skipWithoutTpm: false } as const;

test('a provisioned partition is opened with a secret key of the run, and its file system is made inside', async () => {
  await using folder = await aFolder();
  const done: string[] = [];
  const context = aStepContext({
    folder: folder.path,
    imaging: {
      encryptPartition: (partition) => (done.push(`encrypt ${partition}`), Promise.resolve(volume)),
      openEncrypted: (partition, { name }) => (done.push(`open ${partition} ${name}`), Promise.resolve('')),
      formatDevice: ({ path, fileSystem }) => (done.push(`format ${path} ${fileSystem}`), Promise.resolve()),
      probeDevice: () => Promise.resolve({ UUID: 'inner' }),
    },
  });
  const boot = aPartition({ number: 1, mountPoint: '/boot' });
  context.target.replaceDisk(context.variables, '/dev/sdz', [boot, aPartition({ number: 2 })]);

  await preProvisionDiskEncryption(options, context);

  expect(done).toEqual(['encrypt /dev/sdz2', `open /dev/sdz2 ${volume.name}`, `format /dev/mapper/${volume.name} ext4`]);
  const [, encrypted] = context.target.partitions(context.variables);
  expect(encrypted).toMatchObject({ path: '/dev/sdz2', uuid: 'inner', encryption: volume, fresh: true });
  expect(await currentPath(encrypted ?? boot)).toBe(`/dev/mapper/${volume.name}`);
  const key = context.variables.get(provisioningKeyVariable(uuid)) ?? '';
  expect(context.variables.mask(`the key is ${key}`)).not.toContain(key);
  const journal = await context.variables.toJournal({ seal: () => Promise.resolve('sealed') });
  expect(JSON.stringify(journal)).not.toContain(key);
});

test('a layout without /boot in clear is refused before anything is encrypted', async () => {
  await using folder = await aFolder();
  const context = aStepContext({ folder: folder.path });
  context.target.replaceDisk(context.variables, '/dev/sdz', [aPartition({ number: 1 })]);

  await expect(preProvisionDiskEncryption(options, context)).rejects.toThrow('no partition with mountPoint /boot');
});

test('the site has the recovery key before the disk has it, and the key in clear is the last to go', async () => {
  await using folder = await aFolder();
  const order: string[] = [];
  let escrowed = '';
  const context = aStepContext({
    folder: folder.path,
    environment: 'installed-os',
    answer: (route, request) => {
      order.push(route);
      escrowed = (request as { body: { key: string } }).body.key;
      return { ok: true };
    },
    imaging: {
      readStartVolumes: () => Promise.resolve([{ ...volume, key: 'in-clear', byTpm: false }]),
      opensEncrypted: () => Promise.resolve(true),
      protectPartition: ({ recoveryKey }) => (order.push(`add ${String(recoveryKey === escrowed)}`), Promise.resolve()),
      writeStartVolumes: (_root, volumes) => (order.push(`start with ${String(volumes[0]?.key)}`), Promise.resolve()),
      endProvisioning: (_partition, key) => (order.push(`remove ${key}`), Promise.resolve()),
    },
  });

  await enableDiskEncryption({ protector: 'none', pcrs: [7], recoveryKey: 'site' }, context);

  expect(order).toEqual(['agent.escrowRecoveryKey', 'add true', 'start with null', 'remove in-clear']);
  expect(context.variables.mask(escrowed)).toBe('********');
  expect(context.variables.names()).not.toContain('_OstlerRecoveryKey');
});

test('a site that does not take the recovery key leaves the disk as it is', async () => {
  await using folder = await aFolder();
  const touched: string[] = [];
  const context = aStepContext({
    folder: folder.path,
    environment: 'installed-os',
    answer: () => {
      throw new Error('refused');
    },
    imaging: {
      readStartVolumes: () => Promise.resolve([{ ...volume, key: 'in-clear', byTpm: false }]),
      opensEncrypted: () => Promise.resolve(true),
      protectPartition: () => (touched.push('protect'), Promise.resolve()),
      endProvisioning: () => (touched.push('remove'), Promise.resolve()),
    },
  });

  await expect(enableDiskEncryption({ protector: 'none', pcrs: [7], recoveryKey: 'site' }, context)).rejects.toThrow('refused');
  expect(touched).toEqual([]);
});

test('a step repeated after an interruption leaves a protected volume alone and ends what is left', async () => {
  await using folder = await aFolder();
  const done: string[] = [];
  const context = aStepContext({
    folder: folder.path,
    environment: 'installed-os',
    imaging: {
      readStartVolumes: () => Promise.resolve([{ ...volume, key: 'removed-already', byTpm: false }]),
      opensEncrypted: () => Promise.resolve(false),
      writeStartVolumes: () => (done.push('write'), Promise.resolve()),
      endProvisioning: () => (done.push('end'), Promise.resolve()),
    },
  });

  await enableDiskEncryption({ protector: 'none', pcrs: [7], recoveryKey: 'site' }, context);

  expect(done).toEqual(['write', 'end']);
  expect(context.calls).toEqual([]);
});
