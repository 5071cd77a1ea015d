/** Updates, packages' content, drivers, encryption, captured settings. Property names: the SDK's action classes. */
import { VariableName } from '@ostler/contract';
import { lost, numberOf, type Conversion, type Conversions, type Convert } from './draft.ts';
import type { OriginalStep } from './original.ts';

export const windowsSteps = {
  SMS_TaskSequence_InstallUpdateAction: (step) => ({
    draft: { type: 'install-software-updates', options: { updates: 'all', retries: Math.min(5, numberOf(step, 'RetryCount') ?? 2) } },
    notes: [
      'the updates are those of the installed system’s own sources',
      ...(step.value('Target').toLowerCase() === 'mandatory' ? ['required ones are not told apart: all are installed'] : []),
    ],
  }),
  SMS_TaskSequence_DownloadPackageContentAction: (step, site) => downloadContent(step, site),
  SMS_TaskSequence_AutoApplyAction: (step) => ({
    draft: { type: 'auto-apply-drivers', options: { match: step.value('BestMatch').toLowerCase() === 'false' ? 'all' : 'best' } },
    notes: lost(step, { DriverCategories: 'the categories are not taken over', UnsignedDriver: 'signatures of drivers are not checked' }),
  }),
  SMS_TaskSequence_ApplyDriverPackageAction: (step, site) => {
    const originalId = step.value('DriverPackageID');
    if (originalId === '') return undefined;
    const { id, obstacles } = site.reference('driver package', originalId);
    return { draft: { type: 'apply-driver-package', options: { packageId: id } }, obstacles };
  },
  SMS_TaskSequence_CaptureWindowsSettingsAction: (step) => ({
    draft: {
      type: 'capture-os-settings',
      options: {
        computerName: isNotFalse(step, 'MigrateComputerName'),
        registeredUser: isNotFalse(step, 'MigrateRegistrationInfo'),
        timeZone: isNotFalse(step, 'MigrateTimeZone'),
      },
    },
  }),
  SMS_TaskSequence_EnableBitLockerAction: (step) => enableBitLocker(step),
  SMS_TaskSequence_DisableBitLockerAction: (step) => ({
    draft: {
      type: 'disable-bitlocker',
      options: { letter: step.value('Drive'), rebootCount: Math.min(15, numberOf(step, 'RebootCount') ?? 1) },
    },
  }),
  SMS_TaskSequence_OfflineEnableBitLockerAction: (step) => ({
    draft: {
      type: 'pre-provision-bitlocker',
      options: {
        destination: { kind: 'next-available-partition' },
        encrypt: step.isTrue('EncryptFullDisk') ? 'full-disk' : 'used-space',
        skipWithoutTpm: step.isTrue('SkipWhenTPMInvalid'),
      },
    },
  }),
} as const satisfies Readonly<Record<string, Convert>>;

function isNotFalse(step: OriginalStep, property: string): boolean {
  return step.value(property).toLowerCase() !== 'false';
}

const protectors: Readonly<Record<string, 'tpm' | 'startup-key' | 'tpm-and-startup-key' | 'tpm-and-pin'>> = {
  tpm: 'tpm',
  key: 'startup-key',
  tpmandkey: 'tpm-and-startup-key',
  tpmkey: 'tpm-and-startup-key',
  tpmandpin: 'tpm-and-pin',
  tpmpin: 'tpm-and-pin',
};

function enableBitLocker(step: OriginalStep): Conversion | undefined {
  const protector = protectors[step.value('Mode').toLowerCase()];
  if (protector === undefined) return undefined;
  return {
    draft: {
      type: 'enable-bitlocker',
      options: {
        drive: { kind: 'operating-system', protector },
        encrypt: step.isTrue('EncryptFullDisk') ? 'full-disk' : 'used-space',
        recoveryKey: step.value('CreateRecoveryPassword').toLowerCase() === 'ad' ? 'active-directory' : 'none',
        waitForCompletion: step.isTrue('WaitForEncryption'),
      },
    },
  };
}

function downloadContent(step: OriginalStep, site: Conversions): Conversion | undefined {
  const found = step
    .value('DownloadPackages')
    .split(/[,;\s]+/)
    .filter((id) => id !== '')
    .map((id) => site.reference('package', id));
  if (found.length === 0) return undefined;
  const path = step.value('DestinationCustomPath');
  const variable = VariableName.safeParse(step.value('DestinationVariable'));
  return {
    draft: {
      type: 'download-package-content',
      options: {
        packageIds: found.map(({ id }) => id),
        destination: path === '' ? { kind: 'working-folder' } : { kind: 'path', path },
        ...(variable.success ? { pathVariable: variable.data } : {}),
        continueOnFailure: isNotFalse(step, 'ContinueDownloadOnError'),
      },
    },
    obstacles: [...new Set(found.flatMap(({ obstacles }) => obstacles))],
  };
}
