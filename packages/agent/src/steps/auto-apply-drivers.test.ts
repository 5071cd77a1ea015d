import { DriverFacts, stepOptions, type Package } from '@ostler/contract';
import { Variables } from '@ostler/task-sequence';
import { describe, expect, test } from 'vitest';
import { choiceOf, choosePackages } from './auto-apply-drivers.ts';

const nic = 'pci:v00008086d000015B8sv00001028sd000007A1bc02sc00i00';
const dock = 'usb:v0BDAp8153d3100dc00dsc00dp00icFFiscFFip00in00';

function aPackage(name: string, deviceIds: readonly string[], changes: { categories?: string[]; createdAt?: string } = {}): Package {
  const { categories = [], createdAt = '2026-11-01T00:00:00.000Z' } = changes;
  const content = { sha256: '0'.repeat(64), sizeBytes: 1 };
  const drivers = DriverFacts.parse({ deviceIds, categories });
  return { id: name, name, kind: 'drivers', fileName: `${name}.tar`, content, drivers, programs: [], version: 1, createdAt };
}
const any = stepOptions['auto-apply-drivers'].parse({});
const names = (packages: readonly Package[]): string[] => packages.map(({ name }) => name);

describe('driver packages for the devices of a computer', () => {
  const packages = [
    aPackage('intel-any', ['pci:v00008086d*']),
    aPackage('intel-15b8', ['pci:v00008086d000015B8*']),
    aPackage('realtek-usb', ['usb:v0BDAp8153*']),
    aPackage('other', ['pci:v000010ECd*']),
  ];

  test('are the one whose id says most about each device', () => {
    expect(names(choosePackages(packages, [nic, dock], any)).toSorted()).toEqual(['intel-15b8', 'realtek-usb']);
  });

  test('are all that fit, where the step or OSDAutoApplyDriverBestMatch says so', () => {
    const all = choiceOf(any, new Variables([{ name: 'OSDAutoApplyDriverBestMatch', value: 'FALSE', secret: false }]));
    expect(names(choosePackages(packages, [nic], all)).toSorted()).toEqual(['intel-15b8', 'intel-any']);
  });

  test('are of one of the categories, which the variable lists', () => {
    const sorted = [
      aPackage('test-ring', ['pci:v00008086d*'], { categories: ['Test'] }),
      aPackage('office', ['pci:*'], { categories: ['Office'] }),
    ];
    const choice = choiceOf(any, new Variables([{ name: 'OSDAutoApplyDriverCategoryList', value: 'office, lab', secret: false }]));
    expect(names(choosePackages(sorted, [nic], choice))).toEqual(['office']);
  });

  test('are the newer of two that fit alike, whatever the order and the case', () => {
    const two = [
      aPackage('old', ['PCI:V00008086D000015b8*'], { createdAt: '2026-01-01T00:00:00.000Z' }),
      aPackage('new', ['pci:v00008086d000015B8*'], { createdAt: '2026-10-01T00:00:00.000Z' }),
    ];
    expect(names(choosePackages(two, [nic], any))).toEqual(['new']);
  });

  test('are none where no id fits, and signs of expressions in an id mean themselves', () => {
    expect(choosePackages([aPackage('odd', ['pci:v.*', 'pci:(v00008086'])], [nic], any)).toEqual([]);
  });
});
