import { expect, test } from 'vitest';
import { regardedSerial } from './serial-number.ts';

test.each([
  'To Be Filled By O.E.M.',
  'To be filled by O.E.M. To be filled by O.E.M.',
  'Default string',
  'System Serial Number',
  'Not Specified',
  'None',
  'N/A',
  '0',
  '00000000',
  'xxxxxxx',
  '..........',
  '123456789',
  '0123456789',
  'SerNum01',
  'Unknown',
  '',
  '   ',
  null,
])('the serial number %j identifies nobody', (serialNumber) => {
  expect(regardedSerial(serialNumber)).toBeNull();
});

test.each(['5CG1234XYZ', 'PF-2ABC 01', 'VMware-56 4d 12 34 ab cd ef 01-23 45 67 89 ab cd ef 01', '7FQ2', '1234567891'])(
  'the serial number %j identifies a computer',
  (serialNumber) => {
    expect(regardedSerial(` ${serialNumber} `)).toBe(serialNumber);
  },
);
