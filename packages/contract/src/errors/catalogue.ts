/**
 * The error catalogue: every error a person or program can meet, by code. One file an area; this file joins them.
 * The HTTP status is the one the API answers with; the hint says what to do next.
 * docs/reference/errors.md is generated from it.
 */
import { agentErrors } from './agent.ts';
import { boundaryErrors } from './boundary.ts';
import { bootErrors } from './boot.ts';
import { bootImageErrors } from './boot-image.ts';
import { collectionErrors } from './collection.ts';
import { commonErrors } from './common.ts';
import { contentErrors } from './content.ts';
import { deploymentErrors } from './deployment.ts';
import { deviceErrors } from './device.ts';
import { highRiskErrors } from './high-risk.ts';
import { distributionPointErrors } from './distribution-point.ts';
import { identityProviderErrors } from './identity-provider.ts';
import { imagingErrors } from './imaging.ts';
import { notificationErrors } from './notification.ts';
import { scheduleErrors } from './schedule.ts';
import { sequenceErrors } from './sequence.ts';
import { signInErrors } from './sign-in.ts';
import { reportErrors } from './report.ts';
import { siteErrors } from './site.ts';
import { stateStoreErrors } from './state-store.ts';

export const errorCatalogue = {
  ...commonErrors,
  ...siteErrors,
  ...signInErrors,
  ...identityProviderErrors,
  ...contentErrors,
  ...imagingErrors,
  ...sequenceErrors,
  ...collectionErrors,
  ...deploymentErrors,
  ...reportErrors,
  ...deviceErrors,
  ...scheduleErrors,
  ...highRiskErrors,
  ...agentErrors,
  ...bootErrors,
  ...bootImageErrors,
  ...stateStoreErrors,
  ...boundaryErrors,
  ...distributionPointErrors,
  ...notificationErrors,
} as const;

export type ErrorCode = keyof typeof errorCatalogue;
