/** Every step type with its handler. The table is typed by the contract's: a step without a handler does not compile. */
import { OstlerError, stepFacts, stepNeeds, type GroupStepType, type ModelOnlyStepType, type Step, type StepType } from '@ostler/contract';
import type { StepResult } from '@ostler/task-sequence';
import { applyDriverPackage } from './apply-driver-package.ts';
import { autoApplyDrivers } from './auto-apply-drivers.ts';
import { applyDataImage } from './apply-data-image.ts';
import { applyNetworkSettings } from './apply-network-settings.ts';
import { applyOperatingSystemImage } from './apply-operating-system-image.ts';
import { applyOsSettings } from './apply-os-settings.ts';
import { captureOperatingSystemImage } from './capture-operating-system-image.ts';
import { captureNetworkSettings } from './capture-network-settings.ts';
import { captureOsSettings } from './capture-os-settings.ts';
import { captureUserState } from './capture-user-state.ts';
import { releaseStateStore } from './release-state-store.ts';
import { requestStateStore } from './request-state-store.ts';
import { restoreUserState } from './restore-user-state.ts';
import { checkReadiness } from './check-readiness.ts';
import { connectToNetworkFolder } from './connect-to-network-folder.ts';
import { downloadPackageContent } from './download-package-content.ts';
import { formatAndPartitionDisk } from './format-and-partition-disk.ts';
import { installApplication } from './install-application.ts';
import { installPackage } from './install-package.ts';
import { installSoftwareUpdates } from './install-software-updates.ts';
import { disableDiskEncryption } from './disable-disk-encryption.ts';
import { enableDiskEncryption } from './enable-disk-encryption.ts';
import { preProvisionDiskEncryption } from './pre-provision-disk-encryption.ts';
import { joinDomain } from './join-domain.ts';
import { prepareOsForCapture } from './prepare-os-for-capture.ts';
import { restartComputer } from './restart-computer.ts';
import { runCommandLine } from './run-command-line.ts';
import { runScript } from './run-script.ts';
import { setDynamicVariables } from './set-dynamic-variables.ts';
import { setTaskSequenceVariable } from './set-task-sequence-variable.ts';
import { setupOperatingSystem } from './setup-operating-system.ts';
import type { StepContext, StepHandler } from './step-context.ts';

const handlers: { readonly [T in Exclude<StepType, ModelOnlyStepType | GroupStepType>]: StepHandler<T> } = {
  'format-and-partition-disk': formatAndPartitionDisk,
  'pre-provision-disk-encryption': preProvisionDiskEncryption,
  'enable-disk-encryption': enableDiskEncryption,
  'disable-disk-encryption': disableDiskEncryption,
  'apply-operating-system-image': applyOperatingSystemImage,
  'apply-data-image': applyDataImage,
  'auto-apply-drivers': autoApplyDrivers,
  'apply-driver-package': applyDriverPackage,
  'capture-user-state': captureUserState,
  'restore-user-state': restoreUserState,
  'request-state-store': requestStateStore,
  'release-state-store': releaseStateStore,
  'capture-os-settings': captureOsSettings,
  'capture-network-settings': captureNetworkSettings,
  'apply-os-settings': applyOsSettings,
  'apply-network-settings': applyNetworkSettings,
  'setup-operating-system': setupOperatingSystem,
  'install-package': installPackage,
  'install-application': installApplication,
  'install-software-updates': installSoftwareUpdates,
  'download-package-content': downloadPackageContent,
  'run-command-line': runCommandLine,
  'run-script': runScript,
  'set-dynamic-variables': setDynamicVariables,
  'join-domain': joinDomain,
  'connect-to-network-folder': connectToNetworkFolder,
  'check-readiness': checkReadiness,
  'set-task-sequence-variable': setTaskSequenceVariable,
  'restart-computer': restartComputer,
  'prepare-os-for-capture': prepareOsForCapture,
  'capture-operating-system-image': captureOperatingSystemImage,
};

export async function runStep(step: Step, context: StepContext): Promise<StepResult> {
  if (!hasHandler(step)) {
    const { title, needs } = stepFacts[step.type];
    throw new OstlerError('STEP_NOT_AVAILABLE', { step: title, reason: needs === undefined ? 'has no handler' : stepNeeds[needs] });
  }
  // Safe: the table has, for each type, the handler that takes exactly this type's options.
  const handler = handlers[step.type] as (options: Step['options'], context: StepContext) => Promise<StepResult>;
  return handler(step.options, context);
}

function hasHandler(step: Step): step is Step<keyof typeof handlers> {
  return step.type in handlers;
}
