/** The firmware's boot entries (UEFI 2.10 §3.1.3 and §10): which of them starts from the network. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const variables = '/sys/firmware/efi/efivars';
const globalGuid = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
/** In efivarfs four bytes of attributes come before the value. */
const attributeBytes = 4;

/** Device path nodes: messaging (3), and of these the ones that a network entry has. MAC (11) is in each; IPv4 (12) comes before IPv6. */
const messaging = 3;
const macAddress = 11;
const ipv4 = 12;

/** The entry for the network that the firmware would try first, IPv4 before others; null on BIOS, or where there is none. */
export async function networkBootEntry(folder = variables): Promise<number | null> {
  const numbers = await bootOrder(folder);
  const entries = await Promise.all(numbers.map(async (number) => ({ number, nodes: await devicePathOf(number, folder) })));
  const network = entries.filter(({ nodes }) => nodes.includes(macAddress));
  return (network.find(({ nodes }) => nodes.includes(ipv4)) ?? network[0])?.number ?? null;
}

async function bootOrder(folder: string): Promise<number[]> {
  const value = await readFile(join(folder, `BootOrder-${globalGuid}`)).catch(() => Buffer.alloc(0));
  const ordered: number[] = [];
  for (let at = attributeBytes; at + 2 <= value.length; at += 2) ordered.push(value.readUInt16LE(at));
  const names = await readdir(folder).catch(() => []);
  const others = names.flatMap((name) => {
    const number = /^Boot(?<number>[0-9A-F]{4})-/.exec(name)?.groups?.['number'];
    return number === undefined ? [] : [Number.parseInt(number, 16)];
  });
  return [...new Set([...ordered, ...others])];
}

/** The kinds of messaging nodes in the entry's first device path. An EFI_LOAD_OPTION: attributes, length of the paths, name, paths. */
async function devicePathOf(number: number, folder: string): Promise<number[]> {
  const name = `Boot${number.toString(16).toUpperCase().padStart(4, '0')}-${globalGuid}`;
  const value = (await readFile(join(folder, name)).catch(() => Buffer.alloc(0))).subarray(attributeBytes);
  if (value.length < 8) return [];
  let at = 6;
  while (at + 2 <= value.length && value.readUInt16LE(at) !== 0) at += 2;
  at += 2;
  const end = Math.min(value.length, at + value.readUInt16LE(4));
  const kinds: number[] = [];
  while (at + 4 <= end) {
    const [type = 0, kind = 0] = value.subarray(at, at + 2);
    if (type === messaging) kinds.push(kind);
    at += Math.max(4, value.readUInt16LE(at + 2));
  }
  return kinds;
}
