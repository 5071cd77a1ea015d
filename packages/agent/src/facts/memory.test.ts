import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aFolder } from '../../test/builders.ts';
import { installedMemoryBytes } from './memory.ts';

const gibibyte = 1024 ** 3;

/** A Memory Device structure of SMBIOS with its size, and its extended size in MiB. */
function aModule(size: number, extendedMiB = 0): Buffer {
  const structure = Buffer.alloc(0x28);
  structure.writeUInt8(17, 0);
  structure.writeUInt8(0x28, 1);
  structure.writeUInt16LE(size, 0x0c);
  structure.writeUInt32LE(extendedMiB, 0x1c);
  return structure;
}

test.each([
  ['two modules of 8 GiB and an empty socket', [aModule(8192), aModule(8192), aModule(0)], 16 * gibibyte],
  ['a module of 64 GiB, whose size stands elsewhere', [aModule(0x7fff, 65_536)], 64 * gibibyte],
  ['a module whose size is in KiB', [aModule(0x8000 | 16_384), aModule(16_384)], 16 * gibibyte + 16 * 1024 ** 2],
  ['firmware that says nothing', [], 15.4 * gibibyte],
  ['firmware that does not know', [aModule(0xffff)], 15.4 * gibibyte],
  ['firmware that knows of less than there is', [aModule(4096)], 15.4 * gibibyte],
  ['a structure that is cut off', [Buffer.from([17, 0x28])], 15.4 * gibibyte],
])('a computer has the memory that was bought, of which the kernel has less: %s', async (_what, modules, expected) => {
  await using root = await aFolder();
  await mkdir(join(root.path, 'proc'));
  await writeFile(join(root.path, 'proc/meminfo'), `MemTotal:       ${Math.round((15.4 * gibibyte) / 1024)} kB\nMemFree:        1024 kB\n`);
  for (const [index, structure] of modules.entries()) {
    const folder = join(root.path, `sys/firmware/dmi/entries/17-${index}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'raw'), structure);
  }

  expect(await installedMemoryBytes(root.path)).toBeCloseTo(expected, -4);
});
