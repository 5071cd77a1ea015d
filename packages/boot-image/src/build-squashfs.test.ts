import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@ostler/imaging/run';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildSquashfs } from './build-squashfs.ts';

const { signal } = new AbortController();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'squashfs-'));
  await mkdir(join(folder, 'root/usr/bin'), { recursive: true });
  await mkdir(join(folder, 'root/usr/lib'));
  await writeFile(join(folder, 'root/usr/bin/tool'), 'from the tree');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function build(name: string): Promise<string> {
  const output = join(folder, name);
  // Any program will do in Node's place: it is stripped and stored.
  await buildSquashfs({ root: join(folder, 'root'), nodeBinary: '/bin/true', workDirectory: folder, output }, signal);
  return output;
}

test("the squashfs has the tree, Node and the second stage's scripts", async () => {
  const squashfs = await build('one');

  await run('unsquashfs', ['-d', join(folder, 'out'), squashfs], { signal });

  expect(await readFile(join(folder, 'out/usr/bin/tool'), 'utf8')).toBe('from the tree');
  await run(join(folder, 'out/usr/bin/node'), [], { signal });
  expect(await readFile(join(folder, 'out/usr/lib/ostler/init'), 'utf8')).toMatch(/^#!\/bin\/sh\n/);
  await access(join(folder, 'out/usr/lib/ostler/console.sh'));
});

test('building twice gives the same bytes', async () => {
  const [one, two] = [await readFile(await build('one')), await readFile(await build('two'))];

  expect(one.equals(two)).toBe(true);
});
