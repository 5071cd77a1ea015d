import { describe, expect, test } from 'vitest';
import { orderWithNewEntry, parseFirmwareEntries } from './efibootmgr.ts';

const ovmf = `BootCurrent: 0003
Timeout: 0 seconds
BootOrder: 0003,0004,0001,0002
Boot0001* UiApp\tFvVol(7cb8bdc9)/FvFile(462caa21)
Boot0002* debian\tHD(1,GPT,9581862e,0x800,0x96000)/File(\\EFI\\debian\\shimx64.efi)
Boot0003* UEFI PXEv4 (MAC:525400123456)\tPciRoot(0x0)/Pci(0x2,0x0)/MAC(525400123456,1)/IPv4(0.0.0.0)
Boot0004* UEFI HTTPv4 (MAC:525400123456)\tPciRoot(0x0)/Pci(0x2,0x0)/MAC(525400123456,1)/IPv4(0.0.0.0)/Uri()
Boot0005  Windows Boot Manager\tHD(1,GPT)/File(\\EFI\\Microsoft\\Boot\\bootmgfw.efi)
`;

describe('the boot entries of UEFI firmware', () => {
  test('are read with their order, and network entries are known', () => {
    const { order, entries } = parseFirmwareEntries(ovmf);

    expect(order).toEqual(['0003', '0004', '0001', '0002']);
    expect(entries.map(({ id, network }) => [id, network])).toEqual([
      ['0001', false],
      ['0002', false],
      ['0003', true],
      ['0004', true],
      ['0005', false],
    ]);
    expect(entries[4]?.label).toBe('Windows Boot Manager');
  });

  test.each([
    ['behind the network entries that were first', ['0003', '0004', '0001'], ['0003', '0004', '0002', '0001']],
    ['first when the network was not first', ['0001', '0003'], ['0002', '0001', '0003']],
    ['last when there is only the network', ['0003'], ['0003', '0002']],
    ['once, when the firmware has put it in front already', ['0002', '0003', '0001'], ['0003', '0002', '0001']],
  ])('a new entry goes %s', (_name, order, expected) => {
    expect(orderWithNewEntry({ ...parseFirmwareEntries(ovmf), order }, '0002')).toEqual(expected);
  });
});
