import { expect, it } from 'vitest';
import { readColumns } from './device-import.ts';

it('columns are given by heading, by position, or in their order; a heading may have any sign but a comma', () => {
  expect(readColumns('Computer=name,3=mac,a=b=ignore')).toEqual([
    { column: 'Computer', use: 'name' },
    { column: '3', use: 'mac' },
    { column: 'a=b', use: 'ignore' },
  ]);
  expect(readColumns('name, mac,variable:Zone')).toEqual([
    { column: '1', use: 'name' },
    { column: '2', use: 'mac' },
    { column: '3', use: 'variable:Zone' },
  ]);
});
