import { stepOptions } from '@ostler/contract';
import { Variables } from '@ostler/task-sequence';
import { describe, expect, test } from 'vitest';
import { adapterSettings } from './apply-network-settings.ts';

const machine = [
  { name: 'eth0', macAddress: '52:54:00:00:00:01' },
  { name: 'eth1', macAddress: '52:54:00:00:00:02' },
];
const options = stepOptions['apply-network-settings'].parse({
  adapters: [{ name: 'eth0', enableDhcp: false, addresses: ['%Address%/24'] }],
});
const variables = (values: Readonly<Record<string, string>>) =>
  new Variables(Object.entries(values).map(([name, value]) => ({ name, value, secret: false })));

describe('network settings', () => {
  test('come from the step, with variables filled in', () => {
    expect(adapterSettings(options, variables({ Address: '192.0.2.10' }), machine)).toMatchObject([
      { name: 'eth0', enableDhcp: false, addresses: ['192.0.2.10/24'] },
    ]);
  });

  test('come from the OSDAdapter variables alone when OSDAdapterCount is set', () => {
    const values = {
      OSDAdapterCount: '2',
      OSDAdapter0EnableDHCP: 'FALSE',
      OSDAdapter0IPAddressList: '192.0.2.10, 192.0.2.11',
      OSDAdapter0SubnetMask: '255.255.255.0,255.255.255.255',
      OSDAdapter0Gateways: '192.0.2.1',
      OSDAdapter0DNSServerList: '192.0.2.2,192.0.2.3',
      OSDAdapter0MacAddress: '52-54-00-00-00-AA',
      OSDDNSDomain: 'example.org',
    };

    expect(adapterSettings(options, variables(values), machine)).toEqual([
      {
        macAddress: '52:54:00:00:00:aa',
        enableDhcp: false,
        addresses: ['192.0.2.10/24', '192.0.2.11/32'],
        gateways: ['192.0.2.1'],
        dnsServers: ['192.0.2.2', '192.0.2.3'],
        dnsDomain: 'example.org',
      },
      {
        macAddress: '52:54:00:00:00:02',
        enableDhcp: true,
        addresses: [],
        gateways: [],
        dnsServers: [],
        dnsDomain: 'example.org',
      },
    ]);
  });

  test.each([
    [{ OSDAdapterCount: 'two' }, 'OSDAdapterCount'],
    [{ OSDAdapterCount: '1', OSDAdapter0EnableDHCP: 'false', OSDAdapter0IPAddressList: '192.0.2.1' }, 'OSDAdapter0SubnetMask'],
    [
      { OSDAdapterCount: '1', OSDAdapter0EnableDHCP: 'false', OSDAdapter0IPAddressList: '192.0.2.1', OSDAdapter0SubnetMask: '255.0.255.0' },
      'OSDAdapter0SubnetMask',
    ],
  ])('that are not possible name the variable: %j', (values, variable) => {
    expect(() => adapterSettings(options, variables(values), machine)).toThrow(variable);
  });
});
