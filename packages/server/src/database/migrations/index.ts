/** The migrations in order. A migration that has been released is never edited. */
import type { Migration } from 'kysely/migration';
import { up as site } from './0001-site.ts';
import { up as content } from './0002-content.ts';
import { up as deployments } from './0003-deployments.ts';
import { up as versionComments } from './0004-version-comments.ts';
import { up as runControl } from './0005-run-control.ts';
import { up as recoveryKeys } from './0006-recovery-keys.ts';
import { up as driverPackages } from './0007-driver-packages.ts';
import { up as applications } from './0008-applications.ts';
import { up as stateStores } from './0009-state-stores.ts';
import { up as debugSessions } from './0010-debugger.ts';
import { up as variableQuestions } from './0011-variable-questions.ts';
import { up as stepTimes } from './0012-step-times.ts';
import { up as availableTo } from './0013-available-to.ts';
import { up as boundaries } from './0014-boundaries.ts';
import { up as deploymentTimes } from './0015-deployment-times.ts';
import { up as inventory } from './0016-inventory.ts';
import { up as deviceSearch } from './0017-device-search.ts';
import { up as access } from './0018-access.ts';
import { up as confirmedDeployments } from './0019-confirmed-deployments.ts';
import { up as distributionPoints } from './0020-distribution-points.ts';
import { up as collectionRules } from './0021-collection-rules.ts';
import { up as deploymentPause } from './0022-deployment-pause.ts';
import { up as maintenanceWindows } from './0023-maintenance-windows.ts';
import { up as audit } from './0024-audit.ts';
import { up as newestRuns } from './0025-newest-runs.ts';
import { up as sessions } from './0026-sessions.ts';
import { up as bootOnce } from './0027-boot-once.ts';
import { up as statusIndex } from './0028-status-index.ts';
import { up as clients } from './0029-clients.ts';
import { up as webhooks } from './0030-webhooks.ts';
import { up as secondFactors } from './0031-second-factors.ts';
import { up as mail } from './0032-mail.ts';
import { up as boundaryGroupPolicy } from './0033-boundary-group-policy.ts';
import { up as packagePrograms } from './0034-package-programs.ts';
import { up as runNumbers } from './0035-run-numbers.ts';
import { up as sealingKeys } from './0036-sealing-keys.ts';
import { up as reports } from './0037-reports.ts';
import { up as servers } from './0038-servers.ts';
import { up as identityProviders } from './0039-identity-providers.ts';
import { up as retention } from './0040-retention.ts';
import { up as begunChanges } from './0041-begun-changes.ts';
import { up as failedAttempts } from './0042-failed-attempts.ts';
import { up as serialNumbers } from './0043-serial-numbers.ts';
import { up as awaitedSerials } from './0044-awaited-serials.ts';
import { up as packageVersions } from './0045-package-versions.ts';
import { up as devicesById } from './0046-devices-by-id.ts';
import { up as deviceUsers } from './0047-device-users.ts';
import { up as jobTraces } from './0048-job-traces.ts';
import { up as restartRule } from './0049-restart-rule.ts';
import { up as alerts } from './0050-alerts.ts';
import { up as preDownload } from './0051-pre-download.ts';
import { up as runsByName } from './0052-runs-by-name.ts';

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-site': { up: site },
  '0002-content': { up: content },
  '0003-deployments': { up: deployments },
  '0004-version-comments': { up: versionComments },
  '0005-run-control': { up: runControl },
  '0006-recovery-keys': { up: recoveryKeys },
  '0007-driver-packages': { up: driverPackages },
  '0008-applications': { up: applications },
  '0009-state-stores': { up: stateStores },
  '0010-debugger': { up: debugSessions },
  '0011-variable-questions': { up: variableQuestions },
  '0012-step-times': { up: stepTimes },
  '0013-available-to': { up: availableTo },
  '0014-boundaries': { up: boundaries },
  '0015-deployment-times': { up: deploymentTimes },
  '0016-inventory': { up: inventory },
  '0017-device-search': { up: deviceSearch },
  '0018-access': { up: access },
  '0019-confirmed-deployments': { up: confirmedDeployments },
  '0020-distribution-points': { up: distributionPoints },
  '0021-collection-rules': { up: collectionRules },
  '0022-deployment-pause': { up: deploymentPause },
  '0023-maintenance-windows': { up: maintenanceWindows },
  '0024-audit': { up: audit },
  '0025-newest-runs': { up: newestRuns },
  '0026-sessions': { up: sessions },
  '0027-boot-once': { up: bootOnce },
  '0028-status-index': { up: statusIndex },
  '0029-clients': { up: clients },
  '0030-webhooks': { up: webhooks },
  '0031-second-factors': { up: secondFactors },
  '0032-mail': { up: mail },
  '0033-boundary-group-policy': { up: boundaryGroupPolicy },
  '0034-package-programs': { up: packagePrograms },
  '0035-run-numbers': { up: runNumbers },
  '0036-sealing-keys': { up: sealingKeys },
  '0037-reports': { up: reports },
  '0038-servers': { up: servers },
  '0039-identity-providers': { up: identityProviders },
  '0040-retention': { up: retention },
  '0041-begun-changes': { up: begunChanges },
  '0042-failed-attempts': { up: failedAttempts },
  '0043-serial-numbers': { up: serialNumbers },
  '0044-awaited-serials': { up: awaitedSerials },
  '0045-package-versions': { up: packageVersions },
  '0046-devices-by-id': { up: devicesById },
  '0047-device-users': { up: deviceUsers },
  '0048-job-traces': { up: jobTraces },
  '0049-restart-rule': { up: restartRule },
  '0050-alerts': { up: alerts },
  '0051-pre-download': { up: preDownload },
  '0052-runs-by-name': { up: runsByName },
};
