import { describe, expect, it } from 'vitest';
import { databases } from '../../test/databases.ts';
import { aSealing } from '../../test/sealing.ts';
import { sealWith } from './cipher.ts';

describe.each(databases)('a sealed secret on $dialect', ({ open }) => {
  it('opens again after a restart, for its owner alone', async () => {
    await using test = await open();
    const { sql } = test.database;
    const { seal } = await aSealing(test.database);
    const sealed = await seal.seal(sql, 'hunter2', 'device/a/password');

    const again = (await aSealing(test.database)).seal;

    expect(await again.open(sql, sealed, 'device/a/password')).toBe('hunter2');
    await expect(again.open(sql, sealed, 'device/b/password')).rejects.toThrow('cannot be opened');
    expect(sealed).not.toContain('hunter2');
  });

  it('of before the keys in the database opens with the site’s key', async () => {
    await using test = await open();
    const { sql } = test.database;
    const { seal } = await aSealing(test.database);
    const old = sealWith(Buffer.alloc(32, 1), 'hunter2', 'device/a/password');

    expect(await seal.open(sql, old, 'device/a/password')).toBe('hunter2');
  });
});
