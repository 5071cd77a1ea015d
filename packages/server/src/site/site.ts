/** The running site as features see it: what app.ts made from the configuration, shared by all of them. */
import type { Logger } from 'pino';
import type { Accounts } from '../accounts/accounts.ts';
import type { SecondFactors } from '../accounts/second-factors.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Config } from '../config.ts';
import type { DataDirectory } from '../data-directory.ts';
import type { DatabaseLocation } from '../database/connect.ts';
import type { Database } from '../database/database.ts';
import type { MachineIdentity } from '../devices/identity.ts';
import type { SecretSeal } from '../sealing/secret-seal.ts';
import type { Authorise } from '../http/handlers.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import type { JobStore } from '../jobs/job-store.ts';
import type { CurrentSpan } from '../tracing/current-span.ts';
import type { TakeSpan } from '../tracing/span.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { ChangeableSiteSettings } from './site-settings.ts';

/** What features are made from. Each takes the part it needs. */
export interface Site {
  readonly config: Config;
  readonly data: DataDirectory;
  readonly database: Database;
  readonly location: DatabaseLocation;
  /** Which of the site's servers this is. */
  readonly serverId: string;
  readonly accounts: Accounts;
  readonly secondFactors: SecondFactors;
  /** Seals what the database holds and is secret. */
  readonly seal: SecretSeal;
  readonly settings: ChangeableSiteSettings;
  readonly auditLog: AuditLog;
  readonly jobStore: JobStore;
  readonly jobs: JobRunner;
  /** The keys of `seal`. */
  readonly sealing: Sealing;
  readonly authorise: Authorise;
  /** The machine that this server runs on. */
  readonly ownMachine: MachineIdentity;
  readonly log: Logger;
  readonly now: () => number;
  /** What machines pin: it travels in the boot image. */
  readonly caPem: string;
  /** How machines reach this server, `https://…:8443`; ports the system chose are known once the listeners answer. */
  readonly serverUrl: () => string;
  /** `http://…:8080`: boot files and boot scripts. */
  readonly filesUrl: () => string;
  /** Counts content that was sent, for the metrics. */
  readonly countSentBytes: (bytes: number) => void;
  /** Takes what is traced; null: nothing is. */
  readonly takeSpan: TakeSpan | null;
  /** Which request is being answered, where it is traced. */
  readonly currentSpan: CurrentSpan;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}
