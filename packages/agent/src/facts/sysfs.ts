/** Reading /sys and /proc below a root. What is missing reads as null. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One value of a file, without blanks around it; null where there is none. */
export async function readValue(...path: readonly string[]): Promise<string | null> {
  const text = await readFile(join(...path), 'utf8').catch(() => '');
  return text.replaceAll('\0', '').trim() || null;
}

export async function readNumber(...path: readonly string[]): Promise<number | null> {
  const text = await readValue(...path);
  const number = text === null ? Number.NaN : Number(text);
  return Number.isNaN(number) ? null : number;
}

/** The names in a folder, in the order that people count them; empty where there is none. */
export async function listNames(...path: readonly string[]): Promise<string[]> {
  const names = await readdir(join(...path)).catch(() => []);
  return names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** A value of SMBIOS, as the kernel has it in /sys/class/dmi/id. */
export function readDmi(root: string, name: string): Promise<string | null> {
  return readValue(root, 'sys/class/dmi/id', name);
}
