import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cachedLayer, dropOldLayers } from './layer-cache.ts';

const hash = (digit: string): string => digit.repeat(64);

describe('cachedLayer', () => {
  let cache: string;
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), 'layers-'));
  });
  afterEach(async () => {
    await rm(cache, { recursive: true });
  });

  const fillWith = (text: string) => async (directory: string) => {
    await writeFile(join(directory, 'file'), text);
  };

  test('a layer is made once', async () => {
    await cachedLayer(cache, 'tree', hash('a'), fillWith('first'));

    const layer = await cachedLayer(cache, 'tree', hash('a'), fillWith('second'));

    expect(await readFile(join(layer, 'file'), 'utf8')).toBe('first');
  });

  test('a layer that failed is not there, and leaves nothing behind', async () => {
    const failing = cachedLayer(cache, 'tree', hash('a'), async (directory) => {
      await writeFile(join(directory, 'file'), 'half');
      throw new Error('no space');
    });

    await expect(failing).rejects.toThrow('no space');
    expect(await readdir(cache)).toEqual([]);
  });

  test('two builds at once end with one layer', async () => {
    const [one, other] = await Promise.all([
      cachedLayer(cache, 'tree', hash('a'), fillWith('one')),
      cachedLayer(cache, 'tree', hash('a'), fillWith('other')),
    ]);

    expect(one).toBe(other);
    expect(await readdir(cache)).toEqual([basename(one)]);
  });

  test('the layers used last stay, and what is being built', async () => {
    for (const [index, digit] of ['a', 'b', 'c'].entries()) {
      const layer = await cachedLayer(cache, 'tree', hash(digit), fillWith(digit));
      await utimes(layer, index, index);
    }

    await mkdir(join(cache, '.tree-killed'));
    await utimes(join(cache, '.tree-killed'), 0, 0);
    await mkdir(join(cache, '.tree-active'));

    await dropOldLayers(cache, 'tree', 2);

    expect((await readdir(cache)).toSorted()).toEqual(['.tree-active', `tree-${'b'.repeat(20)}`, `tree-${'c'.repeat(20)}`]);
  });
});
