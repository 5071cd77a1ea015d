import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  encryptPartition,
  endProvisioning,
  isBoundToTpm,
  newRandomKey,
  newRecoveryKey,
  protectPartition,
} from '../src/disk/disk-encryption.ts';
import { run, start } from '../src/run.ts';
import { opens, readLuksMetadata } from '../src/tools/cryptsetup.ts';
import { probeDevice } from '../src/tools/blkid.ts';
import { aFolder, aPort } from './loop-disk.ts';

const { signal } = aPort();
const isRoot = process.getuid?.() === 0;
const hasTools = await Promise.all(['cryptsetup', 'systemd-cryptenroll'].map((each) => isInstalled(each, ['--version'])));
const hasTpm = (await isInstalled('swtpm', ['--version'])) && (await isInstalled('systemd-cryptenroll', ['--version']));

function isInstalled(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, args, { signal }).then(
    () => true,
    () => false,
  );
}

async function aPartition(folder: string): Promise<string> {
  const path = join(folder, 'partition.img');
  await writeFile(path, '');
  await truncate(path, 64 * 1024 * 1024);
  return path;
}

/** A port that nothing listens on now; the one after it is the TPM's control channel. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A TPM 2.0 in software, as systemd finds it. */
async function aTpm(folder: string): Promise<{ readonly tcti: string } & AsyncDisposable> {
  const port = await freePort();
  const state = join(folder, 'tpm');
  await mkdir(state);
  const listen = ['--server', `type=tcp,port=${port}`, '--ctrl', `type=tcp,port=${port + 1}`, '--flags', 'not-need-init,startup-clear'];
  const tpm = await start('swtpm', ['socket', '--tpm2', '--tpmstate', `dir=${state}`, ...listen], {});
  await setTimeout(500);
  return { tcti: `swtpm:host=127.0.0.1,port=${port}`, [Symbol.asyncDispose]: () => tpm.stop(2000) };
}

test('a recovery key has 256 bits in the letters that systemd uses, and is never the same', () => {
  expect(newRecoveryKey()).toMatch(/^(?:[cbdefghijklnrtuv]{8}-){7}[cbdefghijklnrtuv]{8}$/);
  expect(newRecoveryKey()).not.toBe(newRecoveryKey());
});

describe.skipIf(!isRoot || hasTools.includes(false))('encrypting a partition (needs root, cryptsetup and systemd-cryptenroll)', () => {
  test('the partition is LUKS2, and only its key opens it', async () => {
    await using folder = await aFolder();
    const partition = await aPartition(folder.path);
    const key = newRandomKey();

    const device = await encryptPartition(partition, key, { signal });

    expect(await probeDevice(partition, signal)).toMatchObject({ TYPE: 'crypto_LUKS', UUID: device.uuid });
    expect(await opens(partition, key, signal)).toBe(true);
    expect(await opens(partition, newRandomKey(), signal)).toBe(false);
  });

  test('the recovery key opens it after the provisioning key has been removed, and protecting twice adds it once', async () => {
    await using folder = await aFolder();
    const partition = await aPartition(folder.path);
    const provisioningKey = newRandomKey();
    const recoveryKey = newRecoveryKey();
    await encryptPartition(partition, provisioningKey, { signal });
    const request = { partition, provisioningKey, recoveryKey, tpm: null };

    await protectPartition(request, aPort());
    await protectPartition(request, aPort());
    await endProvisioning(partition, provisioningKey, { signal });

    expect(Object.keys((await readLuksMetadata(partition, signal)).keyslots)).toHaveLength(1);
    expect(await opens(partition, recoveryKey, signal)).toBe(true);
    expect(await opens(partition, provisioningKey, signal)).toBe(false);
    await endProvisioning(partition, provisioningKey, { signal });
  });

  test('the last key is never removed, and a wrong one changes nothing', async () => {
    await using folder = await aFolder();
    const partition = await aPartition(folder.path);
    const provisioningKey = newRandomKey();
    await encryptPartition(partition, provisioningKey, { signal });

    await expect(endProvisioning(partition, provisioningKey, { signal })).rejects.toMatchObject({ code: 'ENCRYPTION_LAST_KEY' });
    const wrong = { partition, provisioningKey: newRandomKey(), recoveryKey: newRecoveryKey(), tpm: null };
    await expect(protectPartition(wrong, aPort())).rejects.toMatchObject({ code: 'ENCRYPTION_KEY_WRONG' });

    expect(await opens(partition, provisioningKey, signal)).toBe(true);
    expect(Object.keys((await readLuksMetadata(partition, signal)).keyslots)).toHaveLength(1);
  });
});

describe.skipIf(!isRoot || hasTools.includes(false) || !hasTpm)('binding a partition to a TPM (needs root, swtpm)', () => {
  test('a TPM 2.0 gets a slot of its own, taking the place of the one before', async () => {
    await using folder = await aFolder();
    await using tpm = await aTpm(folder.path);
    const partition = await aPartition(folder.path);
    const provisioningKey = newRandomKey();
    await encryptPartition(partition, provisioningKey, { signal });
    const recoveryKey = newRecoveryKey();
    const request = { partition, provisioningKey, recoveryKey, tpm: { tpm: tpm.tcti, pcrs: [7] } };

    await protectPartition(request, aPort());
    await protectPartition(request, aPort());

    expect(await isBoundToTpm(partition, { signal })).toBe(true);
    const { keyslots, tokens } = await readLuksMetadata(partition, signal);
    expect([Object.keys(keyslots).length, Object.keys(tokens).length]).toEqual([3, 1]);
    await endProvisioning(partition, provisioningKey, { signal });
    expect(await opens(partition, recoveryKey, signal)).toBe(true);
  });

  test('a TPM that is not there fails, and the disk opens as before', async () => {
    await using folder = await aFolder();
    const partition = await aPartition(folder.path);
    const provisioningKey = newRandomKey();
    await encryptPartition(partition, provisioningKey, { signal });
    const tpm = { tpm: 'swtpm:host=127.0.0.1,port=1', pcrs: [7] };

    await expect(protectPartition({ partition, provisioningKey, recoveryKey: null, tpm }, aPort())).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
    });

    expect(await opens(partition, provisioningKey, signal)).toBe(true);
  });
});
