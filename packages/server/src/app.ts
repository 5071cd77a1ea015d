/** Builds the site from what main read of the world: database, certificates, features, listeners; and takes it down again. */
import { isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import type { Server } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createObjectAccess } from './access/object-access.ts';
import { AccountStore } from './accounts/account-store.ts';
import { AuditLog } from './audit/audit-log.ts';
import { createAuditTrail } from './audit/audit-trail.ts';
import { Accounts } from './accounts/accounts.ts';
import { SecondFactorStore } from './accounts/second-factor-store.ts';
import { SecondFactors } from './accounts/second-factors.ts';
import { keepCertificate } from './certificates/keep-certificate.ts';
import { loadOwnCertificates, loadSiteCertificates, type SiteCertificates } from './certificates/site-certificates.ts';
import type { Config } from './config.ts';
import { dataDirectoryAt, prepareDataDirectory, readServerId, type DataDirectory } from './data-directory.ts';
import { connectDatabase, locationOf, type DatabaseLocation } from './database/connect.ts';
import type { Database } from './database/database.ts';
import { createTurns } from './database/exclusively.ts';
import type { MachineIdentity } from './devices/identity.ts';
import { readOwnMachine } from './devices/own-machine.ts';
import { createAgentKeysOf, createFeatures, type Features } from './features.ts';
import { createPointKeys } from './distribution-points/enrolment.ts';
import type { Site } from './site/site.ts';
import { registerHealth } from './health/health.ts';
import { createAccessCheck, createAuthorise } from './http/access.ts';
import { Admission } from './http/admission.ts';
import { registerApiDocs } from './http/api-docs.ts';
import { registerRoutes, type RouteSetting } from './http/register-routes.ts';
import { closeServer, createHttpsServer, createPlainHttpServer, listen, usualPatience, type Patience } from './http/servers.ts';
import { JobRunner } from './jobs/job-runner.ts';
import { JobStore } from './jobs/job-store.ts';
import { lockDataDirectory } from './lock-data-directory.ts';
import { registerMetrics } from './metrics/metrics.ts';
import { openSealing, type Sealing } from './sealing/sealing.ts';
import { ServerRegister } from './servers/server-register.ts';
import { createSiteSettings } from './site/site-settings.ts';
import { createSpanExport } from './tracing/open-telemetry.ts';
import { createCurrentSpan, type CurrentSpan } from './tracing/current-span.ts';
import type { TakeSpan } from './tracing/span.ts';
import { traceRequests } from './tracing/trace-requests.ts';

export interface AppSources {
  readonly config: Config;
  readonly log: Logger;
  readonly now: () => number;
  /** Variables of the environment: keys are read from them, settings were already. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** With clients; the usual one when absent. */
  readonly patience?: Patience;
}

export interface App extends AsyncDisposable {
  readonly site: Site;
  readonly https: FastifyInstance;
  readonly http: FastifyInstance;
  /** True when this start made the site: its first administrator's password is in a file. */
  readonly isFirstStart: boolean;
  /** Looks at once whether the server's certificate is to be renewed. */
  refreshCertificate(): Promise<void>;
}

const certificateCheckMs = 60 * 60 * 1000;
const closeGraceMs = 5000;
const progressEveryMs = 400;

/** Starts the site. Disposing of it stops it: listeners first, then what runs, the database last. @throws OstlerError */
export async function startApp(sources: AppSources): Promise<App> {
  const { config, log, now, environment } = sources;
  await using cleanUp = new AsyncDisposableStack();
  const storage = await openStorage(sources, cleanUp);
  const { database, data } = storage;
  const takeSpan = await startTracing(config, log, cleanUp);
  const http = createPlainHttpServer(log, sources.patience);
  const stopping = new AbortController();
  const sent = { bytes: 0 };
  const common = { ...storage, ownMachine: await readOwnMachine(), http, stopping, sent, takeSpan, currentSpan: createCurrentSpan() };
  const load = () => loadCertificates(config, data, now());
  const build = async () => {
    const certificates = await load();
    const https = createHttpsServer(certificates.current, log, sources.patience);
    const sealing = await openSealing(database, { settings: config.sealingKey, keyFile: data.secretsKey, environment }, now);
    const { site, gate } = createSite(sources, { ...common, sealing, https, certificates });
    const features = await createFeatures(site);
    return { site, gate, features, https, certificates, isFirstStart: await site.accounts.createFirstAdministrator() };
  };
  // The first start makes the site's keys and its administrator: of servers that start at once, one makes them.
  const { site, gate, features, https, certificates, isFirstStart } = await createTurns(database, 'start')(build);
  const register = await enterServer(site);
  cleanUp.defer(() => register.stop());
  cleanUp.defer(() => site.jobs.stop());
  await registerEverything(site, features, gate, { https, http, sent });
  cleanUp.defer(() => features.stop());
  cleanUp.defer(() => closeServer(http, closeGraceMs));
  cleanUp.defer(() => closeServer(https, closeGraceMs));
  cleanUp.defer(() => stopping.abort());
  await listen(https, config.listenAddress, config.httpsPort);
  await listen(http, config.listenAddress, config.httpPort);
  // Safe: createHttpsServer made it with a key pair, so its raw server is one of TLS.
  const keeper = keepCertificate(https.server as unknown as Server, certificates, load, certificateCheckMs, log);
  cleanUp.defer(() => keeper.stop());
  await features.start();
  await site.jobs.start(features.jobHandlers);
  register.start();
  const running = cleanUp.move();
  return {
    site,
    https,
    http,
    isFirstStart,
    refreshCertificate: () => keeper.refresh(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** This server among those of its site. What it had begun when it died comes into the audit log before it does anything. */
async function enterServer({ database, serverId, jobs, auditLog, now, log }: Site): Promise<ServerRegister> {
  const settled = await auditLog.settleOwn();
  if (settled > 0) log.warn({ changes: settled }, 'changes that this server had begun when it died are in the audit log');
  const register = new ServerRegister({ database, serverId, jobs, changes: auditLog, now, log });
  await register.enter();
  return register;
}

/** What the site is kept in. */
interface Storage {
  readonly data: DataDirectory;
  readonly location: DatabaseLocation;
  readonly serverId: string;
  readonly database: Database;
}

/** The data directory, locked, and the database. @throws OstlerError */
async function openStorage({ config, log }: AppSources, cleanUp: AsyncDisposableStack): Promise<Storage> {
  cleanUp.use(await lockDataDirectory(dataDirectoryAt(config.dataDirectory)));
  const serverId = await readServerId(config.dataDirectory);
  const data = dataDirectoryAt(config.dataDirectory, config.sharedDirectory, serverId);
  await prepareDataDirectory(data);
  const location = locationOf(config.databaseUrl, data);
  const database = await connectDatabase(location, log);
  cleanUp.defer(() => database.close());
  return { data, location, serverId, database };
}

interface Parts extends Storage {
  readonly sealing: Sealing;
  readonly ownMachine: MachineIdentity;
  readonly https: FastifyInstance;
  readonly http: FastifyInstance;
  readonly certificates: SiteCertificates;
  readonly stopping: AbortController;
  readonly sent: { bytes: number };
  readonly takeSpan: TakeSpan | null;
  readonly currentSpan: CurrentSpan;
}

/** What every request passes, the same for typed and stream routes. */
type Gate = Pick<RouteSetting, 'checkAccess' | 'objectAccess' | 'audit' | 'patience'>;

function createSite(
  { config, log, now, patience = usualPatience }: AppSources,
  parts: Parts,
): { readonly site: Site; readonly gate: Gate } {
  const { ownMachine, data, location, serverId, database, sealing, https, http, certificates, stopping, sent, takeSpan, currentSpan } =
    parts;
  const settings = createSiteSettings(database);
  const secondFactors = new SecondFactors({ store: new SecondFactorStore(database), sql: database.sql, seal: sealing.seal, now });
  const accounts = new Accounts({
    store: new AccountStore(database),
    secondFactors,
    sql: database.sql,
    demandsSecondFactor: async () => (await settings.get()).secondFactor === 'required',
    firstPasswordFile: data.firstAdministratorPassword,
    now,
  });
  const checkAccess = createAccessCheck(accounts, createAgentKeysOf(database), createPointKeys(database));
  const auditLog = new AuditLog(database, now, serverId);
  const gate: Gate = { checkAccess, objectAccess: createObjectAccess(database.sql), audit: createAuditTrail(auditLog), patience };
  const jobStore = new JobStore(database, serverId);
  const site: Site = {
    config,
    ownMachine,
    data,
    database,
    location,
    serverId,
    accounts,
    secondFactors,
    seal: sealing.seal,
    sealing,
    settings,
    auditLog,
    jobStore,
    jobs: new JobRunner({ store: jobStore, concurrency: config.jobs.concurrency, progressEveryMs, now, log, takeSpan, currentSpan }),
    authorise: createAuthorise(checkAccess, gate.objectAccess, gate.audit),
    log,
    now,
    caPem: certificates.caPem,
    serverUrl: () => `https://${config.siteAddress}:${portOf(https, config.httpsPort)}`,
    filesUrl: () => `http://${config.siteAddress}:${portOf(http, config.httpPort)}`,
    countSentBytes: (bytes) => {
      sent.bytes += bytes;
    },
    takeSpan,
    currentSpan,
    stopping: stopping.signal,
  };
  return { site, gate };
}

async function registerEverything(
  site: Site,
  features: Features,
  gate: Gate,
  { https, http, sent }: Pick<Parts, 'https' | 'http' | 'sent'>,
): Promise<void> {
  const { takeSpan, currentSpan, now, log } = site;
  if (takeSpan !== null) traceRequests(https, { takeSpan, currentSpan, now });
  const admission = new Admission({ now, log });
  for (const server of [https, http]) admission.putOn(server);
  registerMetrics(https, {
    admission,
    authorise: site.authorise,
    metricsToken: site.config.metricsToken,
    countJobs: () => site.jobStore.countByState(),
    sentBytes: () => sent.bytes,
  });
  registerHealth(https, { database: site.database, dataDirectory: site.data.shared });
  registerRoutes(https, features.handlers, { ...gate, stopping: site.stopping });
  await registerApiDocs(https);
  for (const [server, all] of [
    [https, features.streams],
    [http, features.bootStreams],
  ] as const) {
    for (const streams of all) await server.register(async (scope) => streams(scope));
  }
}

/** What is traced until the server stops is sent before it has stopped. */
async function startTracing({ otlpEndpoint }: Config, log: Logger, cleanUp: AsyncDisposableStack): Promise<TakeSpan | null> {
  if (otlpEndpoint === null) return null;
  const spanExport = await createSpanExport(otlpEndpoint, log);
  cleanUp.defer(() => spanExport.stop());
  return spanExport.takeSpan;
}

function loadCertificates(config: Config, data: DataDirectory, nowMs: number): Promise<SiteCertificates> {
  const { certificateFile, keyFile, caFile, siteAddress, listenAddress } = config;
  if (certificateFile !== null && keyFile !== null && caFile !== null) {
    return loadOwnCertificates({ certificateFile, keyFile, caFile }, siteAddress, nowMs);
  }
  const own = ['0.0.0.0', '::'].includes(listenAddress) ? [] : [listenAddress];
  const names = [siteAddress, hostname(), 'localhost', '127.0.0.1', ...own, ...(isIPv6(listenAddress) ? ['::1'] : [])];
  return loadSiteCertificates(data.certificates, [...new Set(names)], nowMs, data.serverCertificate);
}

function portOf(server: FastifyInstance, configured: number): number {
  const bound = server.server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : configured;
}
