import { GenerateTaskSequence, stepFacts, templateNames, type Step, type TemplateName } from '@ostler/contract';
import { describe, expect, it } from 'vitest';
import {
  assumedLookups,
  formatTaskSequence,
  generateTaskSequence,
  parseTaskSequence,
  parseTemplateChoices,
  validateTaskSequence,
  walkSteps,
} from '../index.ts';

const image = { imageId: 'image-1', imageIndex: 2 };
const software = { packageIds: ['package-1'], applicationIds: ['app-1', 'app-2'], updates: 'security' };
const join = { kind: 'domain', domain: 'example.org', organizationalUnit: 'OU=PCs,DC=example,DC=org', account: 'joiner' };
const drivers = { autoApplyDrivers: true, driverPackageIds: ['drivers-1'] };
const firmwares = ['any', 'bios', 'uefi'] as const;

/** Each template without choices, and with every choice that it has. */
const choices: Readonly<Record<TemplateName, readonly object[]>> = {
  'install-existing-image': [image, { ...image, ...software, ...drivers, join, swapSizeMb: 2048 }, { ...image, join, encryption: 'tpm' }],
  'build-and-capture': [image, { ...image, ...software, ...drivers, swapSizeMb: 512, capturedImageName: 'Gold' }],
  refresh: [image, { ...image, ...software, ...drivers, join, partition: 3, captureOsSettings: false }],
  'replace-capture': [{}],
  'replace-restore': [image, { ...image, ...software, join, encryption: 'recovery-key' }],
  'upgrade-in-place': [{ upgradePackageId: 'windows-11' }, { upgradePackageId: 'windows-11', ...software }],
  custom: [{}],
  'non-os': [{}, software],
};
const hasFirmware = (template: TemplateName): boolean =>
  template === 'install-existing-image' || template === 'build-and-capture' || template === 'replace-restore';
const cases = templateNames.flatMap((template) =>
  choices[template].flatMap((each, number) =>
    (hasFirmware(template) ? firmwares : [undefined]).map((firmware) => ({
      title: `${template}, choices ${number}${firmware === undefined ? '' : `, firmware ${firmware}`}`,
      template,
      choices: { ...each, ...(firmware === undefined ? {} : { firmware }) },
    })),
  ),
);

const generate = (template: TemplateName, extra: object = {}) =>
  generateTaskSequence(GenerateTaskSequence.parse({ template, name: 'Mine', ...extra }));
const stepsOf = (template: TemplateName, extra: object = {}): Step[] =>
  [...walkSteps(generate(template, extra).steps)].map(({ step }) => step);
const namesOf = (template: TemplateName, extra: object = {}): string[] => stepsOf(template, extra).map(({ name }) => name);

/** Steps that wait for something, by the field's name of it. */
const waitsFor: Readonly<Record<string, readonly (keyof typeof stepFacts)[]>> = {
  'replace-capture': ['request-state-store', 'release-state-store'],
  'replace-restore': ['request-state-store', 'release-state-store'],
  'upgrade-in-place': ['upgrade-operating-system'],
};

describe('every template', () => {
  it.each(cases)('$title: can be saved as it is and survives YAML, or says which step is not there yet', ({ template, choices: each }) => {
    const missing = (waitsFor[template] ?? []).filter((type) => stepFacts[type].needs !== undefined);
    if (missing.length > 0) {
      expect(() => generate(template, each)).toThrow(new RegExp(`template ${template} .*${stepFacts[missing[0]!].title} needs`));
      return;
    }
    const definition = generate(template, each);

    expect(validateTaskSequence(definition, assumedLookups(definition))).toEqual([]);
    expect(parseTaskSequence(formatTaskSequence(definition))).toEqual(definition);
  });

  it('refuses a choice that it has no use for, by name', () => {
    expect(() => parseTemplateChoices('', { template: 'custom', name: 'x', imageId: 'image-1' })).toThrow(/template custom .*imageId/);
    expect(() => parseTemplateChoices('', { name: 'x' })).toThrow(/install-existing-image are not right: imageId/);
    expect(() => parseTemplateChoices('a: [', { name: 'x' })).toThrow(/are not right/);
  });
});

describe('install an existing image', () => {
  it('does everything that was chosen, in the order that works', () => {
    const all = { ...image, ...software, ...drivers, join, encryption: 'tpm', firmware: 'uefi' };

    expect(namesOf('install-existing-image', all)).toEqual([
      'Restart in the boot environment',
      'Check that the firmware is UEFI',
      'Partition Disk 0 – UEFI',
      'Pre-provision Disk Encryption',
      'Apply Operating System',
      'Apply OS Settings',
      'Apply Network Settings',
      'Apply Device Drivers',
      'Apply Driver Package drivers-1',
      'Setup Operating System',
      'Enable Disk Encryption',
      'Join Domain',
      'Install Updates',
      'Install Package package-1',
      'Install Applications',
    ]);
  });

  it('lays out the disk for its firmware, with swap before the operating system that takes the rest', () => {
    const layout = (extra: object) =>
      stepsOf('install-existing-image', { ...image, ...extra }).flatMap((step) =>
        step.type === 'format-and-partition-disk'
          ? [[step.options.style, ...step.options.partitions.map(({ name, fileSystem }) => `${name} ${fileSystem}`)]]
          : [],
      );

    expect(layout({ swapSizeMb: 1024, fileSystem: 'btrfs' })).toEqual([
      ['mbr', 'Swap swap', 'OS btrfs'],
      ['gpt', 'EFI fat32', 'Swap swap', 'OS btrfs'],
    ]);
    expect(layout({ firmware: 'bios', encryption: 'tpm' })).toEqual([['mbr', 'Boot ext4', 'OS ext4']]);
  });

  it('never puts a swap partition in clear beside an encrypted disk', () => {
    const choice = { template: 'install-existing-image', name: 'x', ...image, encryption: 'tpm', swapSizeMb: 1024 };

    expect(() => parseTemplateChoices('', choice)).toThrow(/swapSizeMb: a swap partition would not be encrypted/);
  });

  it('takes a static address from a file of choices; what is given beside the file wins', () => {
    const file = 'imageId: image-1\nnetwork:\n  adapters: [{ name: eth0, enableDhcp: false, addresses: [192.0.2.10/24] }]\ndisk: 1\n';
    const definition = generateTaskSequence(parseTemplateChoices(file, { name: 'Mine', disk: 2 }));
    const steps = [...walkSteps(definition.steps)].map(({ step }) => step);

    expect(steps.find(({ type }) => type === 'apply-network-settings')).toMatchObject({
      options: { adapters: [{ name: 'eth0', addresses: ['192.0.2.10/24'] }] },
    });
    expect(steps.find(({ type }) => type === 'format-and-partition-disk')).toMatchObject({ options: { disk: 2 } });
  });
});

describe('refresh', () => {
  it('reads the settings first, clears no disk, and applies to where Install Existing Image puts the system', () => {
    const steps = stepsOf('refresh', image);

    expect(steps.map(({ type }) => type)).not.toContain('format-and-partition-disk');
    expect(steps.slice(0, 2).map(({ type }) => type)).toEqual(['capture-os-settings', 'capture-network-settings']);
    expect(steps.filter(({ type }) => type === 'apply-operating-system-image')).toMatchObject([
      { options: { destination: { kind: 'disk-partition', disk: 0, partition: 1 } }, condition: { operator: 'notEquals' } },
      { options: { destination: { kind: 'disk-partition', disk: 0, partition: 2 } }, condition: { operator: 'equals' } },
    ]);
  });

  it('that keeps users captures them before the image is applied and restores them last', () => {
    const types = stepsOf('refresh', { ...image, userState: 'on-disk' }).map(({ type }) => type);

    expect(types.indexOf('capture-user-state')).toBeLessThan(types.indexOf('apply-operating-system-image'));
    expect(types.at(-1)).toBe('restore-user-state');
  });
});

it('a sequence without an operating system begins in the installed system, where software can be installed', () => {
  expect(generate('non-os', software)).toMatchObject({ startsIn: 'installed-os' });
  expect(namesOf('non-os', software)).toEqual(['Install Updates', 'Install Package package-1', 'Install Applications']);
});
