import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BootImageOptions } from '@ostler/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashInputs, hashLayers, type BootImageInputs } from './hash-inputs.ts';

describe('hashing the inputs', () => {
  let folder: string;
  let inputs: BootImageInputs;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inputs-'));
    await writeFile(join(folder, 'node'), 'one version');
    inputs = { options: BootImageOptions.parse({}), siteCaPem: 'CA 1', nodeBinary: join(folder, 'node') };
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test('the same inputs have the same hash', async () => {
    expect(await hashInputs(inputs)).toBe(await hashInputs({ ...inputs }));
  });

  test('another CA rebuilds the site layer alone', async () => {
    const before = await hashLayers(inputs);

    const after = await hashLayers({ ...inputs, siteCaPem: 'CA 2' });

    expect(after).toEqual({ ...before, site: after.site });
    expect(after.site).not.toBe(before.site);
  });

  test('another Node rebuilds the squashfs, and neither the tree nor the initramfs', async () => {
    const before = await hashLayers(inputs);
    await writeFile(inputs.nodeBinary, 'another version');

    const after = await hashLayers(inputs);

    expect(after).toEqual({ ...before, squashfs: after.squashfs });
    expect(after.squashfs).not.toBe(before.squashfs);
  });

  test('another package rebuilds everything', async () => {
    const before = await hashLayers(inputs);

    const after = await hashLayers({ ...inputs, options: { ...inputs.options, extraPackages: ['nvme-cli'] } });

    for (const layer of ['tree', 'squashfs', 'initramfs', 'site'] as const) expect(after[layer]).not.toBe(before[layer]);
  });

  test.each([{ prestartCommand: 'true' }, { commandSupport: true }, { mirror: 'http://mirror.example/debian' }])(
    'each option counts: %j',
    async (change) => {
      expect(await hashInputs({ ...inputs, options: { ...inputs.options, ...change } })).not.toBe(await hashInputs(inputs));
    },
  );
});
