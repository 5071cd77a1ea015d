import { describe, expect, test } from 'vitest';
import { freeSubnet, hostInterfaceName, labAddresses, labName, neighbourName, readLabName } from './lab-names.ts';

describe('names of what the lab makes', () => {
  test('tell which process made it', () => {
    expect(readLabName(labName({ pid: 4711, number: 3 }))).toEqual({ pid: 4711, number: 3 });
    expect(readLabName(neighbourName({ pid: 4711, number: 3 }, 'dhcp'))).toEqual({ pid: 4711, number: 3 });
  });

  test('leave what is not the lab’s alone', () => {
    for (const name of ['ostler-lab', 'ostler-lab-x-1', 'other-ostler-lab-1-1', 'ostler-lab-1-1.bak']) expect(readLabName(name)).toBeNull();
  });

  test('fit into the 15 characters of an interface with the highest process id', () => {
    expect(hostInterfaceName({ pid: 4_194_304, number: 9999 }).length).toBeLessThanOrEqual(15);
  });
});

describe('networks of the lab', () => {
  test('take a subnet that no interface of the computer has', () => {
    expect(freeSubnet(['192.168.1.7', '10.99.8.254', '10.99.9.1'], 7)).toBe(10);
    expect(freeSubnet([], 249)).toBe(250);
    expect(freeSubnet(['10.99.250.1'], 249)).toBe(1);
  });

  test('say so when every subnet is taken', () => {
    const all = Array.from({ length: 250 }, (_each, index) => `10.99.${index + 1}.1`);
    expect(freeSubnet(all, 0)).toBeNull();
  });

  test('give server, lab and machines different addresses', () => {
    const { server, host, dhcpServer, rangeStart, rangeEnd } = labAddresses(12);
    expect(new Set([server, host, dhcpServer, rangeStart, rangeEnd]).size).toBe(5);
    expect(rangeStart).toBe('10.99.12.100');
  });
});
