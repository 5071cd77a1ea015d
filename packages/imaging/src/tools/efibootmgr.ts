/** efibootmgr: the boot entries in a UEFI machine's NVRAM, and their order. */
import { run } from '../run.ts';

export interface FirmwareEntry {
  /** Four hexadecimal digits. */
  readonly id: string;
  readonly label: string;
  readonly network: boolean;
}

export interface FirmwareEntries {
  readonly order: readonly string[];
  readonly entries: readonly FirmwareEntry[];
}

export interface NewFirmwareEntry {
  readonly disk: string;
  readonly partitionNumber: number;
  /** With backslashes, from the EFI system partition's root. */
  readonly loader: string;
  readonly label: string;
}

export async function readFirmwareEntries(signal: AbortSignal): Promise<FirmwareEntries> {
  const { stdout } = await run('efibootmgr', ['-v'], { signal });
  return parseFirmwareEntries(stdout);
}

/** Adds an entry at the front of the order. */
export async function addFirmwareEntry({ disk, partitionNumber, loader, label }: NewFirmwareEntry, signal: AbortSignal): Promise<void> {
  const place = ['--disk', disk, '--part', String(partitionNumber)];
  await run('efibootmgr', ['--create', '--quiet', ...place, '--loader', loader, '--label', label], { signal });
}

export async function removeFirmwareEntry(id: string, signal: AbortSignal): Promise<void> {
  await run('efibootmgr', ['--quiet', '--bootnum', id, '--delete-bootnum'], { signal });
}

export async function setFirmwareOrder(order: readonly string[], signal: AbortSignal): Promise<void> {
  await run('efibootmgr', ['--quiet', '--bootorder', order.join(',')], { signal });
}

/** Device path nodes of network boot (UEFI 2.10 §10.3.4), or a label that says so. */
const networkPattern = /MAC\(|IPv[46]\(|Uri\(|\bPXE\b|HTTPv?[46]?\b/i;

export function parseFirmwareEntries(text: string): FirmwareEntries {
  const order = /^BootOrder: (?<ids>\S+)/m.exec(text)?.groups?.['ids']?.split(',') ?? [];
  const entries = [...text.matchAll(/^Boot(?<id>[0-9A-F]{4})\*? (?<label>[^\t\n]*)(?<path>.*)$/gim)].map(({ groups }) => ({
    id: groups?.['id'] ?? '',
    label: groups?.['label']?.trim() ?? '',
    network: networkPattern.test(`${groups?.['label']} ${groups?.['path']}`),
  }));
  return { order, entries };
}

/** The new entry stands before everything but the network entries that were first: a machine that asks the network first goes on doing so. */
export function orderWithNewEntry(before: FirmwareEntries, newId: string): string[] {
  const isNetwork = (id: string): boolean => before.entries.find((each) => each.id === id)?.network === true;
  const others = before.order.filter((id) => id !== newId);
  const firstOther = others.findIndex((id) => !isNetwork(id));
  const at = firstOther === -1 ? others.length : firstOther;
  return [...others.slice(0, at), newId, ...others.slice(at)];
}
