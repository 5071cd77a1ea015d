/** A Windows tree for tests: hives that hivexsh fills, starting from the smallest one that is valid. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@ostler/imaging';

/** What to put into a key: `name` and the value as hivexsh's setval takes it (`string:…`, `dword:…`, `hex:3:…`). */
export type Keys = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Writes Windows/System32/config of a tree. */
export async function aWindowsTree(root: string, hives: Readonly<Record<string, Keys>>): Promise<void> {
  const folder = join(root, 'Windows/System32/config');
  await mkdir(folder, { recursive: true });
  for (const [name, keys] of Object.entries(hives)) await aHive(join(folder, name), keys);
}

export async function aHive(path: string, keys: Keys): Promise<void> {
  await writeFile(path, emptyHive());
  const made = new Set<string>();
  const commands = Object.entries(keys).flatMap(([key, values]) => [...addKey(key, made), ...setValues(key, values)]);
  await run('hivexsh', ['-w', path], { signal: AbortSignal.timeout(30_000), input: [...commands, 'commit', ''].join('\n') });
}

function addKey(key: string, made: Set<string>): string[] {
  const parts = key.split('\\');
  return parts.flatMap((part, index) => {
    const path = parts.slice(0, index + 1).join('\\');
    if (made.has(path)) return [];
    made.add(path);
    return [`cd \\${parts.slice(0, index).join('\\')}`, `add ${part}`];
  });
}

function setValues(key: string, values: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(values);
  return entries.length === 0 ? [] : [`cd \\${key}`, `setval ${entries.length}`, ...entries.flat()];
}

/** A hive with a root and nothing else, as the format has it: header, one bin, a key and its security descriptor. */
function emptyHive(): Buffer {
  const file = Buffer.alloc(8192);
  const numbers = (at: number, ...values: readonly number[]): void =>
    values.forEach((value, index) => void file.writeInt32LE(value, at + index * 4));
  file.write('regf', 0);
  numbers(4, 1, 1);
  numbers(20, 1, 3, 0, 1, 0x20, 0x1000, 1);
  let checksum = 0;
  for (let at = 0; at < 508; at += 4) checksum ^= file.readInt32LE(at);
  numbers(508, checksum);
  file.write('hbin', 4096);
  numbers(4100, 0, 0x1000);
  const key = 4096 + 0x20;
  numbers(key, -0x60);
  file.write('nk', key + 4);
  file.writeUInt16LE(0x2c, key + 6);
  numbers(key + 0x14, -1, 0);
  numbers(key + 0x20, -1, -1);
  numbers(key + 0x2c, -1, 0x80, -1);
  file.writeUInt16LE(4, key + 0x4c);
  file.write('ROOT', key + 0x50);
  const security = 4096 + 0x80;
  numbers(security, -0x30);
  file.write('sk', security + 4);
  numbers(security + 8, 0x80, 0x80, 1, 0x14);
  file.writeUInt8(1, security + 24);
  file.writeUInt16LE(0x8000, security + 26);
  numbers(4096 + 0xb0, 0x1000 - 0xb0);
  return file;
}

/** Bytes as hexadecimal with commas, as setval takes them. */
export function hex(bytes: Buffer): string {
  return bytes.toString('hex').replaceAll(/(..)(?=.)/g, '$1,');
}

const control = String.raw`ControlSet002\Control`;

/** A Windows 11 in German, with one program that an .msi installed. */
export const windows11: Readonly<Record<string, Keys>> = {
  SOFTWARE: {
    [String.raw`Microsoft\Windows NT\CurrentVersion`]: {
      ProductName: 'string:Windows "11" Pro',
      CurrentMajorVersionNumber: 'dword:0x0000000a',
      CurrentMinorVersionNumber: 'dword:0x00000000',
      CurrentBuildNumber: 'string:22631',
    },
    [String.raw`Microsoft\Windows\CurrentVersion\Uninstall\{23170F69-40C1-2702-2301-000001000000}`]: {
      DisplayName: 'string:7-Zip 23.01 (x64 edition)',
      DisplayVersion: 'string:23.01.00.0',
    },
    [String.raw`Microsoft\Windows\CurrentVersion\Uninstall\Firefox`]: {
      DisplayName: 'string:Mozilla Firefox',
      DisplayVersion: 'string:128.0',
    },
    [String.raw`Classes\Installer\UpgradeCodes\96F071321C0420720000000040000000`]: { '96F071321C0420723210000010000000': 'string:' },
    [String.raw`Contoso\Client`]: {
      Ring: 'dword:0x00000002',
      Path: 'expandstring:%SystemRoot%\\x',
      Blob: 'hex:3:01,ff',
      Big: 'hex:11:00,00,00,00,01,00,00,00',
      List: `hex:7:${hex(Buffer.from('a\0b\0\0', 'utf16le'))}`,
      '@': 'string:the default',
    },
  },
  SYSTEM: {
    Select: { Current: 'dword:0x00000002' },
    [String.raw`${control}\Session Manager\Environment`]: { PROCESSOR_ARCHITECTURE: 'string:AMD64' },
    [String.raw`${control}\Nls\Language`]: { InstallLanguage: 'string:0407' },
    [String.raw`${control}\MUI\UILanguages\en-US`]: { LCID: 'dword:0x00000409' },
    [String.raw`${control}\MUI\UILanguages\de-DE`]: { LCID: 'dword:0x00000407' },
  },
};
