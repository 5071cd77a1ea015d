import { describe, expect, test } from 'vitest';
import { formatColumns, formatDuration, formatTimes } from './table.ts';

describe('times for people', () => {
  test('have the unit that fits', () => {
    expect([0, 850, 12_345, 99_940, 99_960, 245_000].map(formatDuration)).toEqual([
      '0 ms',
      '850 ms',
      '12.3 s',
      '99.9 s',
      '1 min 40 s',
      '4 min 5 s',
    ]);
  });

  test('are one line a part, the longest with the longest bar, and the sum', () => {
    const lines = formatTimes([
      { what: 'firmware', ms: 10_000 },
      { what: 'image', ms: 30_000 },
    ]).split('\n');
    expect(lines[0]).toMatch(/^ {2}firmware +10\.0 s {2}█{10}$/);
    expect(lines[1]).toMatch(/^ {2}image +30\.0 s {2}█{30}$/);
    expect(lines[3]).toMatch(/^ {2}total +40\.0 s$/);
  });
});

test('columns are as wide as their widest cell', () => {
  expect(
    formatColumns([
      ['a', 'first'],
      ['longer', 'second'],
    ]),
  ).toBe('  a       first\n  longer  second');
});
