import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { firmwareFiles, qemuArguments, type QemuMachine } from './qemu-arguments.ts';

function aMachine(changes: Partial<QemuMachine>): QemuMachine {
  return {
    firmware: 'uefi',
    boot: 'pxe',
    accelerator: 'tcg',
    memoryMiB: 2048,
    cpus: 2,
    uuid: '11223344-5566-7788-99aa-bbccddeeff00',
    serialNumber: 'LAB-1',
    adapters: [{ macAddress: '52:54:00:00:00:01', tap: 'tap0' }],
    disks: [{ path: '/lab/disk.raw', format: 'raw' }],
    variablesFile: '/lab/variables.fd',
    serialFile: '/lab/serial.log',
    serialSocket: null,
    tpmSocket: null,
    qmpSocket: '/lab/qmp',
    ...changes,
  };
}

const line = (changes: Partial<QemuMachine>): string => qemuArguments(aMachine(changes)).join(' ');

describe('a machine’s command line', () => {
  test('tries every network adapter before any disk', () => {
    const adapters = ['01', '02'].map((end, index) => ({ macAddress: `52:54:00:00:00:${end}`, tap: `tap${index}` }));
    const order = [...line({ adapters }).matchAll(/(?<kind>virtio-net-pci|virtio-blk-pci)[^ ]*bootindex=(?<index>\d)/g)];
    expect(order.map(({ groups }) => `${groups?.['kind']} ${groups?.['index']}`)).toEqual([
      'virtio-net-pci 1',
      'virtio-net-pci 2',
      'virtio-blk-pci 3',
    ]);
  });

  test('uses the firmware’s own network stack with UEFI and the ROM with a BIOS', () => {
    expect(line({})).toContain('romfile=');
    expect(line({ firmware: 'bios', variablesFile: null })).not.toContain('romfile=');
    expect(line({ firmware: 'bios', variablesFile: null })).not.toContain('pflash');
  });

  test('protects the variables of Secure Boot', () => {
    expect(line({ firmware: 'secure-boot' })).toMatch(/q35,smm=on .*cfi\.pflash01,property=secure,value=on/);
    expect(line({})).not.toContain('smm=on');
  });

  test('switches PXE off for HTTP Boot, and only then', () => {
    expect(line({ boot: 'http' })).toMatch(/IPv4PXESupport,string=n .*IPv6PXESupport,string=n/);
    expect(line({})).not.toContain('PXESupport');
  });

  test('goes on writing the serial log over power cuts', () => {
    expect(line({})).toContain('path=/lab/serial.log,append=on');
  });

  test('has a serial port that can be typed at, with the same log', () => {
    expect(line({ serialSocket: '/lab/serial' })).toMatch(/socket,id=serial,path=\/lab\/serial,.*logfile=\/lab\/serial.log,logappend=on/);
  });

  test('may have no disk', () => {
    expect(line({ disks: [] })).not.toContain('virtio-blk');
  });
});

test('the firmware is where the installed packages put it', () => {
  const paths = Object.values(firmwareFiles).flatMap(({ code, variables }) => [code ?? [], variables ?? []].flat());
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});
