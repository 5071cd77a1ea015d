import { describe, expect, it } from 'vitest';
import { addressCount, addressKey, parseAddressRange } from './address-range.ts';

const mapped = '00000000000000000000ffff';

describe('the addresses of a boundary', () => {
  it('are those of a subnet, of a range, or a single one', () => {
    expect(parseAddressRange('10.1.0.0/16')).toEqual({
      kind: 'subnet',
      text: '10.1.0.0/16',
      first: `${mapped}0a010000`,
      last: `${mapped}0a01ffff`,
    });
    expect(parseAddressRange(' 10.1.2.10 - 10.1.2.99 ')).toMatchObject({
      kind: 'range',
      text: '10.1.2.10-10.1.2.99',
      last: `${mapped}0a010263`,
    });
    expect(parseAddressRange('10.1.2.3')).toMatchObject({ kind: 'subnet', text: '10.1.2.3/32' });
    expect(parseAddressRange('2001:DB8:1::/48')).toMatchObject({
      text: '2001:db8:1::/48',
      first: '20010db8000100000000000000000000',
      last: '20010db80001ffffffffffffffffffff',
    });
  });

  it('are counted, so that the narrower of two boundaries is known', () => {
    expect(addressCount(parseAddressRange('10.1.2.10-10.1.2.99'))).toBe(90n);
    expect(addressCount(parseAddressRange('::/0'))).toBe(2n ** 128n);
  });

  it.each([
    ['10.1.0.0/33', '0 to 32'],
    ['10.1.0.0/x', '0 to 32'],
    ['10.1.2.3/16', 'inside of a subnet'],
    ['10.1.2.99-10.1.2.10', 'ends before it begins'],
    ['10.1.2.3-::1', 'different kinds'],
    ['Berlin', 'berlin is not an address'],
    ['10.1.2.3-', ' is not an address'],
  ])('are refused where %s means nothing, with the reason', (text, problem) => {
    expect(() => parseAddressRange(text)).toThrow(problem);
  });

  it('are found for IPv4 also where a dual-stack listener names the client, and with a zone', () => {
    expect(addressKey('::ffff:10.1.2.3')).toBe(addressKey('10.1.2.3'));
    expect(addressKey('::ffff:a01:203')).toBe(addressKey('10.1.2.3'));
    expect(addressKey('fe80::1%eth0')).toBe('fe800000000000000000000000000001');
    expect(addressKey('nowhere')).toBeNull();
  });
});
