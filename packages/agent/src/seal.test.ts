import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSealer } from './seal.ts';

const aKey = (): string => randomBytes(32).toString('base64');

test('a sealed secret is opened again with the run’s key, by any life of the agent', async () => {
  const key = aKey();
  const sealed = await createSealer(key).seal('grüße');

  expect(sealed).not.toContain('gr');
  expect(await createSealer(key).unseal(sealed)).toBe('grüße');
});

test('the same secret is never sealed the same way twice', async () => {
  const sealer = createSealer(aKey());

  expect(await sealer.seal('x')).not.toBe(await sealer.seal('x'));
});

test.each(['', 'a.b', 'a.b.c'])('what was not sealed for this run is refused: %j', async (broken) => {
  const ofAnotherRun = await createSealer(aKey()).seal('secret');
  const sealer = createSealer(aKey());

  await expect(sealer.unseal(broken)).rejects.toThrow('cannot be read');
  await expect(sealer.unseal(ofAnotherRun)).rejects.toThrow('cannot be read');
});
