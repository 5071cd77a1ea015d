/** The parts of templates that lay an operating system down, make it start and put software into it (feature map §4.1). */
import { step, type ChoicesOf, type NodeDraft, inInstalledSystem } from './template.ts';

type ImageChoices = Pick<
  ChoicesOf<'install-existing-image'>,
  | 'imageId'
  | 'imageIndex'
  | 'timeZone'
  | 'locale'
  | 'administratorName'
  | 'sshAuthorizedKeys'
  | 'network'
  | 'autoApplyDrivers'
  | 'driverPackageIds'
>;
type SoftwareChoices = Pick<ChoicesOf<'install-existing-image'>, 'updates' | 'packageIds' | 'applicationIds'>;

export const restartInBootImage = (): NodeDraft =>
  step('restart-computer', 'Restart in the boot environment', { target: 'boot-image' }, { condition: inInstalledSystem });

/** What is written into the applied system before it starts. */
export function applySettingsAndDrivers(choices: ImageChoices): (NodeDraft | null)[] {
  const { timeZone, locale, administratorName: name, sshAuthorizedKeys, network, autoApplyDrivers, driverPackageIds } = choices;
  return [
    step('apply-os-settings', 'Apply OS Settings', { timeZone, locale, administrator: { name, sshAuthorizedKeys } }),
    step('apply-network-settings', 'Apply Network Settings', network),
    autoApplyDrivers ? step('auto-apply-drivers', 'Apply Device Drivers', {}) : null,
    ...driverPackageIds.map((packageId) => step('apply-driver-package', `Apply Driver Package ${packageId}`, { packageId })),
  ];
}

export const setupOperatingSystem = ({ keepClient = false }: { readonly keepClient?: boolean } = {}): NodeDraft =>
  step('setup-operating-system', 'Setup Operating System', keepClient ? { keepClient } : {});

export function joinStep(join: ChoicesOf<'install-existing-image'>['join']): NodeDraft | null {
  return join === undefined ? null : step('join-domain', join.kind === 'domain' ? 'Join Domain' : 'Join Workgroup', { join });
}

/** Updates come first: what is installed afterwards finds the system as it stays. */
export function installSoftware({ updates, packageIds, applicationIds }: SoftwareChoices): (NodeDraft | null)[] {
  return [
    updates === 'none' ? null : step('install-software-updates', 'Install Updates', { updates }),
    ...packageIds.map((packageId) => step('install-package', `Install Package ${packageId}`, { packageId })),
    applicationIds.length === 0 ? null : step('install-application', 'Install Applications', { applicationIds }),
  ];
}
