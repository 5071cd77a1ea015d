import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@ostler/testkit';
import { expect, test } from 'vitest';
import { openSecretSeal } from './secret-seal.ts';

test('a secret opens again after a restart, for its owner alone, from a key that only the server can read', async () => {
  await using folder = await temporaryDirectory();
  const file = join(folder.path, 'secrets.key');
  const sealed = (await openSecretSeal(file)).seal('hunter2', 'device/a/password');

  const again = await openSecretSeal(file);

  expect(again.open(sealed, 'device/a/password')).toBe('hunter2');
  expect(() => again.open(sealed, 'device/b/password')).toThrow('cannot be opened');
  expect(sealed).not.toContain('hunter2');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a file that is not a key is not taken for one', async () => {
  await using folder = await temporaryDirectory();
  const file = join(folder.path, 'secrets.key');
  await writeFile(file, 'short');

  await expect(openSecretSeal(file)).rejects.toThrow('32 bytes');
});
