/** Devices, collections, task sequences, deployments, runs, the agent API and network boot, put together. */
import { contentUserText, isOstlerError, type ContentRef, type ContentUser } from '@ostler/contract';
import { createAttemptLimit } from '../accounts/attempt-limit.ts';
import { agentHandlers, type AgentHandlers } from '../agent-api/handlers.ts';
import { createContentAccess, type ContentAccess } from '../agent-api/content-access.ts';
import { agentLogRoute } from '../agent-api/log-route.ts';
import { packageVersionUsers } from '../agent-api/version-users.ts';
import { bootRoutes } from '../boot/boot-routes.ts';
import { createFailureRecord } from '../boot/failure-record.ts';
import { createNoteLimit } from '../boot/note-limit.ts';
import { clientHandlers, type ClientHandlers } from '../clients/handlers.ts';
import { clientStreams } from '../clients/client-streams.ts';
import { createCollectionFeatures, type CollectionFeatures } from '../collections/collection-features.ts';
import type { ContentParts, ContentUsers } from '../content/content-features.ts';
import { deviceHandlers } from '../devices/handlers.ts';
import { createDistributionPointFeatures, type DistributionPointHandlers } from '../distribution-points/distribution-point-features.ts';
import { maintenanceWindowHandlers, type MaintenanceWindowHandlers } from '../maintenance-windows/handlers.ts';
import { createPreDownloads } from '../pre-download/pre-downloads.ts';
import { recoveryKeyHandlers, type RecoveryKeyHandlers } from '../recovery-keys/handlers.ts';
import type { StateStoreHandlers } from '../state-stores/handlers.ts';
import { createStateStoreFeatures } from '../state-stores/state-store-features.ts';
import type { Site } from '../site/site.ts';
import type { HandlersOf, StreamRoutes } from '../http/handlers.ts';
import { createBootAddress } from '../network-boot/boot-address.ts';
import { inventoryHandlers, type InventoryHandlers } from '../inventory/handlers.ts';
import { createNetworkBoot } from '../network-boot/network-boot.ts';
import { createContactNote } from '../runs/contact-note.ts';
import type { RunEvents } from '../runs/run-events.ts';
import { createSharedRunEvents } from '../runs/shared-events.ts';
import { createMonitoringFeatures, type MonitoringFeatures, type MonitoringHandlers } from '../retention/monitoring-features.ts';
import { createRunLog } from '../runs/run-log.ts';
import { runHandlers, runLogRoutes } from '../runs/handlers.ts';
import { traceRuns } from '../tracing/trace-runs.ts';
import { taskSequenceHandlers } from '../task-sequences/handlers.ts';
import type { ContentCatalogue } from '../task-sequences/site-lookups.ts';
import { contentUsers, programUsers } from '../task-sequences/content-users.ts';
import { deploymentHandlers } from './handlers.ts';
import { watchRoutes } from './watch.ts';

/** What the content features ask of these. */
export type DeploymentAnswers = Omit<ContentUsers, 'countBytes'>;

export interface DeploymentFeatures {
  readonly handlers: HandlersOf<'devices' | 'deviceUsers' | 'collections' | 'taskSequences' | 'deployments' | 'runs'> &
    AgentHandlers &
    InventoryHandlers &
    DistributionPointHandlers &
    MaintenanceWindowHandlers &
    ClientHandlers &
    MonitoringHandlers &
    RecoveryKeyHandlers &
    StateStoreHandlers &
    Pick<HandlersOf<'site'>, 'site.networkBoot'>;
  readonly streams: readonly StreamRoutes[];
  readonly bootStreams: readonly StreamRoutes[];
  readonly answers: DeploymentAnswers;
  readonly jobHandlers: {
    readonly 'collection-evaluation': CollectionFeatures['evaluationJob'];
    readonly retention: MonitoringFeatures['retentionJob'];
  };
  start(): void;
  stop(): Promise<void>;
}

type DeploymentSite = Pick<
  Site,
  | 'database'
  | 'auditLog'
  | 'location'
  | 'serverId'
  | 'ownMachine'
  | 'now'
  | 'seal'
  | 'authorise'
  | 'settings'
  | 'log'
  | 'stopping'
  | 'config'
  | 'data'
  | 'serverUrl'
  | 'filesUrl'
  | 'caPem'
  | 'countSentBytes'
  | 'takeSpan'
> & { readonly jobs: Pick<Site['jobs'], 'enqueue'> };
export interface DeploymentParts {
  readonly content: Pick<ContentParts['content'], 'pathOf'>;
  readonly images: Pick<ContentParts['images'], 'get'>;
  readonly packages: Pick<ContentParts['packages'], 'get' | 'list'>;
  readonly applications: Pick<ContentParts['applications'], 'list'>;
  readonly bootImages: Pick<ContentParts['bootImages'], 'inUse' | 'list'>;
  readonly agentBundle: () => Promise<{ readonly ref: ContentRef }>;
}
const wrongPasswords = { what: 'target-password', maxAttempts: 5, windowMs: 60_000 };

/** @throws OstlerError DATA_DIRECTORY_UNUSABLE when the key of distribution points cannot be read or made */
export async function createDeploymentFeatures(site: DeploymentSite, parts: DeploymentParts): Promise<DeploymentFeatures> {
  const { database, ownMachine, now, seal, authorise, settings, log, stopping, config, data, serverUrl, filesUrl, caPem } = site;
  const { content, bootImages, agentBundle } = parts;
  const told = createSharedRunEvents(site);
  const events = traced(told, site);
  const runLog = createRunLog(data.runs);
  const contact = createContactNote({ sql: database.sql, now });
  const attempts = createAttemptLimit({ ...wrongPasswords, sql: database.sql, now });
  const catalogue = contentCatalogue(parts);
  const collections = createCollectionFeatures(site, seal);
  const common = { database, ownMachine, now, seal, events, settings, catalogue, memberships: collections.memberships };
  const address = createBootAddress({ siteAddress: config.siteAddress, serverUrl, filesUrl });
  const networkBoot = createNetworkBoot({ dhcp: config.dhcp, address, bootImages, content, folder: data.networkBoot, log });
  const stateStores = createStateStoreFeatures(site, seal);
  const preDownloads = createPreDownloads(common);
  const contentAccess = createContentAccess({ database, catalogue, bootImages, agentBundle, preDownloads });
  const distributionPoints = await createDistributionPointFeatures(site, { ...contentAccess, applications: parts.applications });
  const monitoring = createMonitoringFeatures(site, runLog);
  const ongoing = [told, collections, networkBoot, stateStores, monitoring];
  return {
    handlers: {
      ...deviceHandlers({ ...common, siteSettings: settings }),
      ...inventoryHandlers(common),
      ...recoveryKeyHandlers(common),
      ...stateStores.handlers,
      ...distributionPoints.handlers,
      ...collections.handlers,
      ...maintenanceWindowHandlers(common),
      ...taskSequenceHandlers(common),
      ...deploymentHandlers({ ...common, bootImages, prepared: preDownloads.prepared }),
      ...runHandlers(common),
      ...agentHandlers({ ...common, attempts, contact, runLog, agentBundle, serverUrl, bootImages }),
      ...monitoring.handlers,
      ...clientHandlers({ ...common, attempts, agentBundle, bootImages, preDownloads }),
      ...networkBoot.handlers,
    },
    streams: [
      runLogRoutes({ database, log: runLog }, authorise),
      watchRoutes({ database, events, prepared: preDownloads.prepared, authorise, stopping }),
      agentLogRoute({ contact, runLog, authorise }),
      stateStores.streams,
      clientStreams({ agentBundle, serverUrl, caPem, settings, countBytes: site.countSentBytes }),
    ],
    bootStreams: [bootRoutes({ ...common, bootImages, content, address, mayNote: createNoteLimit(now) })],
    answers: answersOf(site, catalogue, contentAccess),
    jobHandlers: { 'collection-evaluation': collections.evaluationJob, retention: monitoring.retentionJob },
    start: () => ongoing.forEach((feature) => feature.start()),
    stop: async () => void (await Promise.all(ongoing.map((feature) => feature.stop()))),
  };
}

function traced(events: RunEvents, { database: { sql }, takeSpan, log }: Pick<DeploymentSite, 'database' | 'takeSpan' | 'log'>): RunEvents {
  return takeSpan === null ? events : traceRuns(events, { sql, takeSpan, log });
}

function answersOf(
  { database, log }: Pick<DeploymentSite, 'database' | 'log'>,
  catalogue: ContentCatalogue,
  contentAccess: ContentAccess,
): DeploymentAnswers {
  return {
    mayRead: (caller, sha256) => contentAccess.mayRead(caller, sha256),
    imageUsers: (id) => inWords(contentUsers(database.sql, 'image', id)),
    packageUsers: (id) => inWords(contentUsers(database.sql, 'package', id)),
    programUsers: (id, program) => inWords(programUsers(database.sql, id, program)),
    versionUsers: (id) => packageVersionUsers(database.sql, catalogue, id),
    applicationUsers: (id) => inWords(contentUsers(database.sql, 'application', id)),
    recordBootFailure: createFailureRecord(database, log),
  };
}

async function inWords(users: Promise<ContentUser[]>): Promise<string[]> {
  return (await users).map(contentUserText);
}

function contentCatalogue({
  images,
  packages,
  applications,
  content,
}: Pick<DeploymentParts, 'images' | 'packages' | 'applications' | 'content'>): ContentCatalogue {
  return {
    findImage: (id) => images.get(id).catch(nullIfNotFound),
    findPackage: (id, asOf) => packages.get(id, asOf).catch(nullIfNotFound),
    listPackages: (asOf) => packages.list(asOf),
    listApplications: () => applications.list(),
    hasContent: (sha256) =>
      content.pathOf(sha256).then(
        () => true,
        (error: unknown) => {
          if (isOstlerError(error) && error.code === 'CONTENT_NOT_FOUND') return false;
          throw error;
        },
      ),
  };
}

function nullIfNotFound(error: unknown): null {
  if (isOstlerError(error) && error.code === 'NOT_FOUND') return null;
  throw error;
}
