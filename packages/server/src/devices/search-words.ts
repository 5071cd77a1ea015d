/** What a device is found by, as one text, and what people type to find it. Pure. */
import type { Device } from '@ostler/contract';

/** In lower case, a line each, with line ends around every one: a word that people type is inside one of them. A tag has a # before it. */
export function searchWords({ name, macAddresses, smbiosUuid, serialNumber, facts, tags, users }: Pick<Device, SearchedField>): string {
  const ofHardware = facts === null ? [] : [facts.serialNumber, facts.assetTag, `${facts.manufacturer} ${facts.model}`];
  const words = [
    name,
    ...macAddresses.flatMap(macWords),
    smbiosUuid ?? '',
    serialNumber ?? '',
    ...ofHardware,
    ...tags.map((tag) => `#${tag}`),
    ...users,
  ];
  return `\n${words.filter((word) => word.trim() !== '').join('\n')}\n`.toLowerCase();
}

/** The line of a tag, whole. */
export function tagLine(tag: string): string {
  return `\n#${tag.toLowerCase()}\n`;
}

type SearchedField = 'name' | 'macAddresses' | 'smbiosUuid' | 'serialNumber' | 'facts' | 'tags' | 'users';

/** As labels and switches write it: `52:54:00:12:34:56`, `525400123456`. */
function macWords(mac: string): string[] {
  return [mac, mac.replaceAll(':', '')];
}

/** A part of a MAC address with dashes: two pairs at least. */
const dashed = /^[0-9a-f]{2}(?:-[0-9a-f]{2})+-?[0-9a-f]?$/;

/** The words of a search, each with the ways it may be written in the text. */
export function wordsToFind(search: string): string[][] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return words.map((word) => (dashed.test(word) ? [word, word.replaceAll('-', ':')] : [word]));
}
