/**
 * The features, put together: one line each. A feature is a function of the few things it needs and answers handlers,
 * stream routes or job handlers; what all of them share is the site (site/site.ts), made by app.ts.
 */
import { createAgentKeys } from './agent-api/agent-keys.ts';
import { accessHandlers } from './access/handlers.ts';
import { administrationHandlers } from './accounts/administer.ts';
import { signInAdministrationHandlers } from './accounts/administer-sign-in.ts';
import { accountHandlers } from './accounts/handlers.ts';
import { secondFactorHandlers } from './accounts/second-factor-handlers.ts';
import { auditHandlers } from './audit/handlers.ts';
import { backupHandlers, backupJob } from './backup/handlers.ts';
import { createContentFeatures, createContentParts } from './content/content-features.ts';
import type { Database } from './database/database.ts';
import { createDeploymentFeatures } from './deployments/deployment-features.ts';
import { createEventFeatures } from './events/event-features.ts';
import type { AgentKeys } from './http/access.ts';
import type { Handlers, StreamRoutes } from './http/handlers.ts';
import { identityProviderHandlers, providerSignInHandlers, providerSignInStreams } from './identity-providers/handlers.ts';
import { jobHandlers } from './jobs/handlers.ts';
import type { JobHandlers } from './jobs/job-handlers.ts';
import { sealingHandlers, sealingKeyRotation } from './sealing/handlers.ts';
import type { Site } from './site/site.ts';
import { siteHandlers } from './site/site-settings.ts';

export interface Features {
  readonly handlers: Handlers;
  /** Stream routes of the API. */
  readonly streams: readonly StreamRoutes[];
  /** Routes of the plain-HTTP listener: boot files and boot scripts, nothing else. */
  readonly bootStreams: readonly StreamRoutes[];
  readonly jobHandlers: JobHandlers;
  /** Begins what runs on its own (dnsmasq, clean-up), once the listeners answer. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Who may speak for a machine. */
export function createAgentKeysOf(database: Database): AgentKeys {
  return createAgentKeys(database);
}

/** @throws OstlerError DATA_DIRECTORY_UNUSABLE */
export async function createFeatures(site: Site): Promise<Features> {
  const parts = createContentParts(site);
  const deployments = await createDeploymentFeatures(site, parts);
  const content = createContentFeatures(site, parts, { ...deployments.answers, countBytes: site.countSentBytes });
  const events = createEventFeatures(site);
  return {
    handlers: {
      ...accountHandlers(site.accounts),
      ...secondFactorHandlers(site),
      ...administrationHandlers(site),
      ...signInAdministrationHandlers(site),
      ...identityProviderHandlers(site),
      ...providerSignInHandlers(site),
      ...accessHandlers({ sql: site.database.sql, now: site.now }),
      ...auditHandlers(site.auditLog),
      ...siteHandlers(site.settings),
      ...sealingHandlers(site.sealing, site.jobs),
      ...jobHandlers(site.jobStore, site.jobs),
      ...backupHandlers(site.jobs),
      ...events.handlers,
      ...content.handlers,
      ...deployments.handlers,
    },
    streams: [providerSignInStreams(site), ...content.streams, ...deployments.streams],
    bootStreams: deployments.bootStreams,
    jobHandlers: {
      backup: backupJob(site),
      'sealing-key-rotation': sealingKeyRotation(site.sealing),
      ...content.jobHandlers,
      ...deployments.jobHandlers,
    },
    start: async () => {
      await content.start();
      deployments.start();
      events.start();
    },
    stop: async () => {
      await Promise.all([content.stop(), deployments.stop(), events.stop()]);
    },
  };
}
