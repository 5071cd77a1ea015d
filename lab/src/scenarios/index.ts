/** The table of scenarios, in the order they are listed and run. */
import { availableMenuScenarios } from './available-menu.ts';
import { captureScenarios } from './capture.ts';
import { clientScenarios } from './client.ts';
import { debuggerScenarios } from './debugger.ts';
import { deploymentScenarios } from './deployments.ts';
import { distributionPointScenarios } from './distribution-points.ts';
import { diskEncryptionScenarios } from './disk-encryption.ts';
import { failureScenarios } from './failures.ts';
import { firmwareScenarios } from './firmware.ts';
import { interruptionScenarios } from './interruptions.ts';
import { maintenanceWindowScenarios } from './maintenance-window.ts';
import { passwordAtTargetScenarios } from './password-at-target.ts';
import { preDownloadScenarios } from './pre-download.ts';
import { refreshScenarios } from './refresh.ts';
import { restartRunScenarios } from './restart-run.ts';
import { restartWindowScenarios } from './restart-window.ts';
import { revokedDeviceScenarios } from './revoked-device.ts';
import { killAnywhereScenarios } from './kill-anywhere.ts';
import { kitchenSinkScenarios } from './kitchen-sink.ts';
import type { Scenario } from './scenario.ts';
import { secretLeakScenarios } from './secret-leak.ts';
import { siteRuleScenarios } from './site-rules.ts';
import { unknownApprovalScenarios } from './unknown-approval.ts';
import { wizardScenarios } from './wizard.ts';

export const scenarios: readonly Scenario[] = [
  ...firmwareScenarios,
  ...captureScenarios,
  ...siteRuleScenarios,
  ...unknownApprovalScenarios,
  ...deploymentScenarios,
  ...maintenanceWindowScenarios,
  ...restartWindowScenarios,
  ...availableMenuScenarios,
  ...wizardScenarios,
  ...passwordAtTargetScenarios,
  ...revokedDeviceScenarios,
  ...interruptionScenarios,
  ...killAnywhereScenarios,
  ...distributionPointScenarios,
  ...kitchenSinkScenarios,
  ...diskEncryptionScenarios,
  ...failureScenarios,
  ...debuggerScenarios,
  ...refreshScenarios,
  ...restartRunScenarios,
  ...clientScenarios,
  ...preDownloadScenarios,
  ...secretLeakScenarios,
];

/**
 * What `./ostler test` runs without `--all`: each firmware's chain once to the end, and the failures that cost a boot only.
 * Two cores do it in less than 40 minutes.
 */
export const testSuite: readonly string[] = [
  'uefi-secure-boot',
  'bios-pxe',
  'network-cut',
  'uefi-http-boot',
  'disk-too-small',
  'no-disk',
  'low-memory',
];
