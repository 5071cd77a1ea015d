/** The templates that put an operating system on a computer (feature map §4.1, §4.2, §4.6). */
import { enableEncryption, firmwareIs, partitionDisk, preProvisionEncryption, systemPartition } from './disk-steps.ts';
import { applySettingsAndDrivers, installSoftware, joinStep, restartInBootImage, setupOperatingSystem } from './system-steps.ts';
import { group, present, step, type ChoicesOf, type NodeDraft, type TemplatesOf } from './template.ts';
import { captureUserState, restoreUserState, type UserState } from './user-state-steps.ts';

export const imageTemplates: TemplatesOf<'install-existing-image' | 'build-and-capture' | 'refresh' | 'replace-restore'> = {
  'install-existing-image': (choices) => ({
    name: choices.name,
    description: 'Install an existing image',
    steps: newComputer(choices, 'none'),
  }),
  'replace-restore': (choices) => ({
    name: choices.name,
    description: 'The new computer of a replacement: install an existing image, then restore what was captured of the old one',
    steps: newComputer(choices, 'state-store'),
  }),
  'build-and-capture': (choices) => ({
    name: choices.name,
    description: 'Build and capture a reference operating system image',
    steps: present([
      group('Build the Reference Machine', [
        restartInBootImage(),
        ...partitionDisk(choices),
        applyImage(choices),
        ...applySettingsAndDrivers(choices),
      ]),
      group('Setup the Reference Machine', [setupOperatingSystem(), ...installSoftware(choices)]),
      captureReference(choices),
    ]),
  }),
  refresh: (choices) => ({
    name: choices.name,
    description: 'Refresh: a new operating system in the place of the one that is there',
    steps: present([
      captureGroup(choices),
      group('Install Operating System', [...applyOverSystem(choices), ...applySettingsAndDrivers(choices)]),
      setupGroup({ ...choices, encryption: 'none' }, choices.userState),
    ]),
  }),
};

type NewComputer = ChoicesOf<'install-existing-image'> | ChoicesOf<'replace-restore'>;

function newComputer(choices: NewComputer, userState: UserState): NodeDraft[] {
  return present([
    group('Install Operating System', [
      restartInBootImage(),
      ...partitionDisk(choices),
      preProvisionEncryption(choices.encryption),
      applyImage(choices),
      ...applySettingsAndDrivers(choices),
    ]),
    setupGroup(choices, userState),
  ]);
}

type SetupChoices = Pick<NewComputer, 'encryption' | 'join' | 'updates' | 'packageIds' | 'applicationIds' | 'keepClient'>;

function setupGroup(choices: SetupChoices, userState: UserState): NodeDraft | null {
  return group('Setup Operating System', [
    setupOperatingSystem(choices),
    enableEncryption(choices.encryption),
    joinStep(choices.join),
    ...installSoftware(choices),
    restoreUserState(userState),
  ]);
}

function applyImage({ imageId, imageIndex: index }: Pick<NewComputer, 'imageId' | 'imageIndex'>): NodeDraft {
  return step('apply-operating-system-image', 'Apply Operating System', { imageId, index });
}

/** What the running system is asked for, read from its disk. */
function captureGroup({ captureOsSettings, captureNetworkSettings, userState }: ChoicesOf<'refresh'>): NodeDraft | null {
  return group('Capture Files and Settings', [
    captureOsSettings ? step('capture-os-settings', 'Capture OS Settings', {}) : null,
    captureNetworkSettings ? step('capture-network-settings', 'Capture Network Settings', {}) : null,
    captureUserState(userState),
  ]);
}

/** To the partition that is named, or the one that the firmware's layout of Install Existing Image has. The disk is not cleared. */
function applyOverSystem({ imageId, imageIndex: index, disk, partition }: ChoicesOf<'refresh'>): NodeDraft[] {
  const apply = (name: string, number: number, common = {}): NodeDraft =>
    step(
      'apply-operating-system-image',
      name,
      { imageId, index, destination: { kind: 'disk-partition', disk, partition: number } },
      common,
    );
  if (partition !== undefined) return [apply('Apply Operating System', partition)];
  return [
    apply('Apply Operating System – BIOS', systemPartition.bios, { condition: firmwareIs('bios') }),
    apply('Apply Operating System – UEFI', systemPartition.uefi, { condition: firmwareIs('uefi') }),
  ];
}

function captureReference({ name, capturedImageName }: ChoicesOf<'build-and-capture'>): NodeDraft | null {
  return group('Capture the Reference Machine', [
    step('prepare-os-for-capture', 'Prepare Operating System', {}),
    step('restart-computer', 'Restart in the boot environment', { target: 'boot-image' }),
    step('capture-operating-system-image', 'Capture the Reference Machine', { imageName: capturedImageName ?? `${name} (captured)` }),
  ]);
}
