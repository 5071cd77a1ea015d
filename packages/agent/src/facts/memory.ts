/** How much memory a computer has: what its firmware says of the modules, or else what the kernel has found. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listNames, readValue } from './sysfs.ts';

/** SMBIOS 3.7 §7.18: places in a Memory Device structure (type 17). */
const sizeAt = 0x0c;
const extendedSizeAt = 0x1c;
const sizeInExtended = 0x7fff;
const unknownSize = 0xffff;
/** Set: the size is in KiB and not in MiB. */
const inKibibytes = 0x8000;

/**
 * All modules together, as they were bought. The kernel has less: firmware, graphics and the kernel itself take from it, and not the same at
 * each start. Where firmware says nothing of its modules, or less than there is, the kernel's own figure.
 */
export async function installedMemoryBytes(root: string): Promise<number> {
  const [foundKibibytes, modules] = await Promise.all([kernelMemoryKibibytes(root), readModules(root)]);
  const installed = modules.reduce((sum, each) => sum + moduleBytes(each), 0);
  return Math.max(installed, (foundKibibytes ?? 0) * 1024);
}

/** What the kernel has for itself and for programs; null where it does not say. */
export async function kernelMemoryKibibytes(root: string): Promise<number | null> {
  const text = await readValue(root, 'proc/meminfo');
  const found = /^MemTotal:\s+(?<kib>\d+) kB/m.exec(text ?? '')?.groups?.['kib'];
  return found === undefined ? null : Number(found);
}

async function readModules(root: string): Promise<readonly Buffer[]> {
  const entries = 'sys/firmware/dmi/entries';
  const names = (await listNames(root, entries)).filter((name) => name.startsWith('17-'));
  return Promise.all(names.map((name) => readFile(join(root, entries, name, 'raw')).catch(() => Buffer.alloc(0))));
}

/** 0 for an empty socket, and where the size is not known. */
function moduleBytes(structure: Buffer): number {
  if (structure.length < sizeAt + 2) return 0;
  const size = structure.readUInt16LE(sizeAt);
  if (size === unknownSize) return 0;
  if (size === sizeInExtended)
    return structure.length < extendedSizeAt + 4 ? 0 : (structure.readUInt32LE(extendedSizeAt) & 0x7fff_ffff) * 1024 ** 2;
  return (size & inKibibytes) === 0 ? size * 1024 ** 2 : (size & ~inKibibytes) * 1024;
}
