import { expect, it } from 'vitest';
import { searchWords, tagLine, wordsToFind } from './search-words.ts';

const device = {
  name: 'PC-1',
  macAddresses: ['52:54:00:12:34:56'],
  smbiosUuid: '11223344-5566-7788-99aa-bbccddeeff00',
  serialNumber: null,
  facts: null,
  tags: ['Attic'],
  users: [String.raw`CORP\Anna`],
};

it.each(['pc-1', '12:34', '52-54-00', '52-54-', '123456', '5566-7788', 'att', '#attic', 'anna', String.raw`corp\an`])(
  'a device is found by %s',
  (word) => {
    const text = searchWords(device);

    expect(wordsToFind(word.toUpperCase()).every((ways) => ways.some((way) => text.includes(way)))).toBe(true);
  },
);

it('a tag is a line of its own, whole', () => {
  expect(searchWords(device)).toContain(tagLine('ATTIC'));
  expect(searchWords(device)).not.toContain(tagLine('att'));
});

it('what looks like a part of a MAC address may also be a name', () => {
  expect(wordsToFind('AB-01  x')).toEqual([['ab-01', 'ab:01'], ['x']]);
});
