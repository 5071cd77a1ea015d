/**
 * The features, put together: one line each. A feature is a function of the few things it needs and answers handlers,
 * stream routes or job handlers; what all of them share is the site below, made by app.ts.
 */
import type { Logger } from 'pino';
import { accountHandlers } from './accounts/handlers.ts';
import type { Accounts } from './accounts/accounts.ts';
import { backupHandlers, backupJob } from './backup/handlers.ts';
import type { Config } from './config.ts';
import type { DatabaseLocation } from './database/connect.ts';
import type { Database } from './database/database.ts';
import type { DataDirectory } from './data-directory.ts';
import type { AgentKeys } from './http/access.ts';
import type { Authorise, Handlers, StreamRoutes } from './http/handlers.ts';
import { jobHandlers } from './jobs/handlers.ts';
import type { JobHandlers } from './jobs/job-handlers.ts';
import type { JobRunner } from './jobs/job-runner.ts';
import type { JobStore } from './jobs/job-store.ts';
import { siteHandlers, type ChangeableSiteSettings } from './site/site-settings.ts';

/** What features are made from. Each takes the part it needs. */
export interface Site {
  readonly config: Config;
  readonly data: DataDirectory;
  readonly database: Database;
  readonly location: DatabaseLocation;
  readonly accounts: Accounts;
  readonly settings: ChangeableSiteSettings;
  readonly jobStore: JobStore;
  readonly jobs: JobRunner;
  readonly authorise: Authorise;
  readonly log: Logger;
  readonly now: () => number;
  /** What machines pin: it travels in the boot image. */
  readonly caPem: string;
  /** How machines reach this server, `https://…:8443`; ports the system chose are known once the listeners answer. */
  readonly serverUrl: () => string;
  /** `http://…:8080`: boot files and boot scripts. */
  readonly filesUrl: () => string;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

export interface Features {
  readonly handlers: Partial<Handlers>;
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
export function createAgentKeysOf(_database: Database): AgentKeys {
  return { verify: () => Promise.resolve(null) };
}

export function createFeatures(site: Site): Features {
  return {
    handlers: {
      ...accountHandlers(site.accounts),
      ...siteHandlers(site.settings),
      ...jobHandlers(site.jobStore, site.jobs),
      ...backupHandlers(site.jobs),
    },
    streams: [],
    bootStreams: [],
    // Safe until each feature has put its line here: a job without a handler fails with INTERNAL.
    jobHandlers: {
      backup: backupJob(site),
    } as JobHandlers,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}
