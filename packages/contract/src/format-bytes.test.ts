import { describe, expect, it } from 'vitest';
import { formatBytes } from './format-bytes.ts';

describe('sizes for people', () => {
  it.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1536, '1.5 KiB'],
    [5 * 2 ** 40, '5 TiB'],
  ])('writes %i bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
